import { pino } from 'pino';
import type { SyncHook } from 'tapable';
import { redactText } from '../kernel/redact.js';

/** A line of the log that is about a stream (its binding `stream`), secrets of URLs and queries hidden. */
export interface LogEntry {
  /** As it was written; ISO 8601 UTC with the loggers of Sluice. */
  readonly time: string | number;
  readonly level: string;
  readonly plugin?: string;
  readonly stream: string;
  readonly message: string;
  /** All else. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Looks for lines about streams among those that were logged, and tells the hook. */
export class LogLines {
  readonly #hook: SyncHook<[LogEntry]>;
  #telling = false;

  constructor(hook: SyncHook<[LogEntry]>) {
    this.#hook = hook;
  }

  look(line: string): void {
    // Who logs while being told would be told of that, without end.
    if (this.#telling || !this.#hook.isUsed() || !line.includes('"stream":"')) return;
    const entry = parseEntry(line);
    if (entry === undefined) return;
    this.#telling = true;
    try {
      this.#hook.call(entry);
    } finally {
      this.#telling = false;
    }
  }
}

function parseEntry(line: string): LogEntry | undefined {
  try {
    const { time, level, plugin, stream, msg, ...fields } = JSON.parse(redactText(line)) as Record<string, unknown>;
    if (typeof stream !== 'string') return undefined;
    return {
      time: typeof time === 'number' ? time : String(time),
      level: typeof level === 'number' ? (pino.levels.labels[level] ?? String(level)) : String(level),
      ...(typeof plugin === 'string' ? { plugin } : {}),
      stream,
      message: typeof msg === 'string' ? msg : '',
      fields,
    };
  } catch {
    // An embedder's own logger may write what it likes.
    return undefined;
  }
}
