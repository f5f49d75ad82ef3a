import { SluiceError } from './error.js';
import type { ConfigEntry } from './plugin/types.js';

/** Adds to `ERR_PORT_IN_USE` which key of the config says the port: a listener and its key may belong to different plugins. */
export function withPortHint(error: unknown, entries: readonly ConfigEntry[]): unknown {
  if (!(error instanceof SluiceError) || error.code !== 'ERR_PORT_IN_USE') return error;
  const port = (error.cause as { readonly port?: unknown } | undefined)?.port;
  const keys = entries.filter(({ key, value }) => value === port && /(^|\.)\w*port$/i.test(key)).map(({ key }) => key);
  // Its own keys first: a service may listen where another plugin's key says.
  const own = keys.filter((key) => key.startsWith(`${error.plugin}.`));
  const meant = own.length > 0 ? own : keys;
  if (meant.length === 0) return error;
  const { plugin, status, cause } = error;
  const details = { cause, ...(plugin === undefined ? {} : { plugin }), ...(status === undefined ? {} : { status }) };
  return new SluiceError(error.code, `${error.message}; another port: ${meant.map((key) => `--set ${key}=PORT`).join(' or ')}`, details);
}
