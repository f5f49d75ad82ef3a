import { type Logger, symbols } from 'pino';

/** What a logger writes to. */
interface LineWriter {
  write(line: string): unknown;
}

/**
 * The same logger, whose lines are shown to `look` after they were written, and those of its children, whoever made it. Children inherit the
 * destination of their parent (pino, `symbols.streamSym`), and may set properties of it: hence a proxy.
 */
export function tapLogger(logger: Logger, look: (line: string) => void): Logger {
  const tapped = logger.child({}) as Logger & { [symbols.streamSym]: LineWriter };
  const destination = tapped[symbols.streamSym];
  const write = (line: string): unknown => {
    const result = destination.write(line);
    look(line);
    return result;
  };
  tapped[symbols.streamSym] = new Proxy(destination, { get: (target, name) => (name === 'write' ? write : Reflect.get(target, name)) });
  return tapped;
}
