import type { Logger } from 'pino';
import { messageOf, SluiceError } from '../error.js';

/** Lines written about what nobody caught: it may happen again and again while the process ends. */
const MAX_LINES = 10;

/** The plugin an error comes from, as far as it or its stack tells. */
export function pluginOf(error: unknown, names: readonly string[]): string | undefined {
  if (error instanceof SluiceError && error.plugin !== undefined) return error.plugin;
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  for (const line of stack.split('\n').slice(1)) {
    // `/plugins/NAME/dist/x.js`, `/plugin-NAME/dist/x.js`, `/NAME.mjs`.
    const found = names.find((name) => new RegExp(`[/\\\\](sluice-)?(plugin-)?${name}([/\\\\]|\\.[cm]?[jt]s:)`).test(line));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Tells what nobody caught in lines of the log and ends by `onCrash`, once. Answers how to stop listening. */
export function onUncaught(logger: Pick<Logger, 'fatal'>, pluginNames: readonly string[], onCrash: () => void): () => void {
  let count = 0;
  const caught = (kind: string) => (error: unknown) => {
    count++;
    const plugin = pluginOf(error, pluginNames);
    if (count <= MAX_LINES) logger.fatal({ ...(plugin === undefined ? {} : { plugin }), err: error }, `${kind}: ${messageOf(error)}`);
    if (count === 1) onCrash();
  };
  const exception = caught('uncaught exception');
  const rejection = caught('unhandled rejection');
  process.on('uncaughtException', exception);
  process.on('unhandledRejection', rejection);
  return () => {
    process.off('uncaughtException', exception);
    process.off('unhandledRejection', rejection);
  };
}
