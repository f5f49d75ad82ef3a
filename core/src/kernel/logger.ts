import { type LevelWithSilent, type Logger, pino } from 'pino';
import type { Clock } from './clock.js';
import { readableLine } from './log-text.js';
import { redactText } from './redact.js';

/** How to log. */
export interface LoggerOptions {
  readonly level?: LevelWithSilent;
  /** Readable text instead of JSON lines. */
  readonly pretty?: boolean;
  /** Default: standard output. */
  readonly stream?: { write(text: string): unknown };
}

/** JSON without the control characters that it leaves as they are: DEL and C1 steer terminals just as C0 does. */
export function escapeControls(line: string): string {
  return line.replace(/[\u007f-\u009f]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A logger that writes one line per entry, control characters escaped, secrets of URLs and queries hidden. */
export function createLogger({ level = 'info', pretty = false, stream = process.stdout }: LoggerOptions = {}): Logger {
  const write = (line: string): void => {
    const safe = escapeControls(redactText(line));
    stream.write(pretty ? readableLine(safe) : safe);
  };
  // The plain serialiser appends the messages of causes, which those of ours have in them already.
  const serializers = { err: pino.stdSerializers.errWithCause };
  return pino({ level, base: null, serializers, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } }, { write });
}

type Level = 'debug' | 'info' | 'warn' | 'error';

/** Logs a message of some kind (`key`), at most one line per kind and period. */
export type RateLimitedLog = (key: string, fields: Readonly<Record<string, unknown>>, message: string, level?: Level) => void;

const MAX_KEYS = 1000;

/**
 * Folds repeats: the first entry of a kind is written at once, further ones within `everyMs` are counted and told in one line when the
 * period is over (`repeated`).
 */
export function rateLimited(log: Pick<Logger, Level>, clock: Clock, everyMs = 5000): RateLimitedLog {
  const kinds = new Map<string, { repeated: number; write: () => void }>();
  const endPeriod = (key: string): void => {
    const kind = kinds.get(key);
    if (kind === undefined) return;
    if (kind.repeated === 0) {
      kinds.delete(key);
      return;
    }
    kind.write();
    kind.repeated = 0;
    clock.after(everyMs, () => endPeriod(key));
  };
  return (given, fields, message, level = 'warn') => {
    const key = kinds.size < MAX_KEYS || kinds.has(given) ? given : '';
    const kind = kinds.get(key);
    if (kind !== undefined) {
      kind.repeated++;
      kind.write = () => log[level]({ ...fields, repeated: kind.repeated }, message);
      return;
    }
    kinds.set(key, { repeated: 0, write: () => {} });
    log[level](fields, message);
    clock.after(everyMs, () => endPeriod(key));
  };
}
