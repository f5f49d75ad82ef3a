import { join } from 'node:path';
import {
  escapeControls,
  isStreamPath,
  type LogEntry,
  messageOf,
  type PluginContext,
  type RateLimitedLog,
  type ReportEvent,
  rateLimited,
  redactText,
} from '@sluice/core';
import type { StreamLogConfig } from '../config.js';
import { localDay } from '../proto/day.js';
import { Fold } from '../proto/fold.js';
import { retain } from './retention.js';
import { Writer } from './writer.js';

/** Folder in the data folder. */
const FOLDER = 'logs';
const MINUTE_MS = 60_000;
const FOLD_CHECK_MS = 1000;
/** Kinds of lines that are folded at a time. */
const MAX_KINDS = 10_000;
const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'];

/** A file per stream and day: its events, and what the log has about it. */
export class StreamLog {
  readonly #ctx: PluginContext;
  readonly #config: StreamLogConfig;
  readonly #folder: string;
  readonly #writer: Writer;
  readonly #fold: Fold<LogEntry>;
  readonly #log: RateLimitedLog;
  readonly #stops: readonly (() => void)[];
  #retaining: Promise<void> = Promise.resolve();
  #retainedDay = '';
  /** What there was after the last look, and what was written until then. */
  #bytes = 0;
  #writtenBefore = 0;

  constructor(ctx: PluginContext, config: StreamLogConfig) {
    this.#ctx = ctx;
    this.#config = config;
    this.#folder = join(ctx.engine.dataDir, FOLDER);
    this.#log = rateLimited(ctx.log, ctx.clock, MINUTE_MS);
    this.#fold = new Fold(config.foldSeconds * 1000, MAX_KINDS);
    this.#writer = new Writer({
      folder: this.#folder,
      clock: ctx.clock,
      maxFileBytes: config.maxFileBytes,
      onLost: (lines, reason) => {
        ctx.count('lost-lines', lines);
        this.#log('lost', { reason }, 'lines of the logs of streams are lost');
      },
    });
    ctx.hooks.report((event) => this.#event(event));
    ctx.hooks.logged((entry) => this.#logged(entry));
    this.#stops = [ctx.clock.every(FOLD_CHECK_MS, () => this.#tellRepeats()), ctx.clock.every(MINUTE_MS, () => this.#checkRetention())];
    this.#checkRetention();
  }

  /** Writes what is left. */
  async close(): Promise<void> {
    for (const stop of this.#stops) stop();
    for (const { line, repeated } of this.#fold.end()) this.#write(line.stream, { ...plainEntry(line), repeated });
    await this.#writer.close();
    await this.#retaining;
  }

  #event({ id, type, timestamp, seq, data }: ReportEvent): void {
    const { path, ...rest } = data as { readonly path?: unknown; readonly final?: unknown };
    // A line per viewer and some seconds would bury all else; the last one has the total.
    if (type === 'traffic.report' && rest.final !== true) return;
    if (typeof path === 'string') this.#write(path, { time: timestamp, event: type, seq, id, ...rest });
  }

  #logged(entry: LogEntry): void {
    if (LEVELS.indexOf(entry.level) < LEVELS.indexOf(this.#config.level)) return;
    const kind = `${entry.stream} ${entry.plugin ?? ''} ${entry.level} ${entry.message}`;
    if (this.#fold.first(kind, entry, this.#ctx.clock.now())) this.#write(entry.stream, plainEntry(entry));
  }

  #tellRepeats(): void {
    for (const { line, repeated } of this.#fold.due(this.#ctx.clock.now())) this.#write(line.stream, { ...plainEntry(line), repeated });
  }

  #write(path: string, line: object): void {
    // What names no stream names no file.
    if (!isStreamPath(path)) return;
    this.#writer.add(path, this.#today(), escapeControls(redactText(JSON.stringify(line))));
  }

  #today(): string {
    return localDay(this.#ctx.clock.wallMs(), this.#config.timeZone);
  }

  /** Looks at the files once a day, and when there may be too many bytes. */
  #checkRetention(): void {
    const today = this.#today();
    const bytes = this.#bytes + this.#writer.written - this.#writtenBefore;
    if (today === this.#retainedDay && bytes <= this.#config.maxBytes) return;
    this.#retainedDay = today;
    this.#retaining = this.#retaining.then(async () => {
      const written = this.#writer.written;
      try {
        this.#bytes = await retain(this.#folder, this.#config, today);
        this.#writtenBefore = written;
        this.#writer.forgetSizes();
      } catch (error) {
        this.#ctx.count('retention');
        this.#log('retention', { error: messageOf(error) }, 'old logs of streams cannot be deleted');
      }
    });
  }
}

function plainEntry({ time, level, plugin, message, fields }: LogEntry): Record<string, unknown> {
  return { time, level, ...(plugin === undefined ? {} : { plugin }), message, ...fields };
}
