import { constants, promises as fs } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { type Clock, folderInside } from '@sluice/core';
import { fileName, folderNames } from '../proto/file-name.js';

const FLUSH_MS = 500;
/** Appended to, and made where it is not there; never by a link, which could lead anywhere. */
const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0);
/** Waiting for a slow disk: what is more is left out. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;
/** Sizes of files that are remembered; others are asked for. */
const MAX_SIZES = 10_000;

const FULL = '{"message":"the file is full: what else happens on this day is left out"}\n';

/** How to write. */
export interface WriterOptions {
  readonly folder: string;
  readonly clock: Clock;
  readonly maxFileBytes: number;
  /** Lines were lost: the disk is slow, full, or not there. */
  onLost(lines: number, reason: string): void;
}

/** Appends lines to the files of streams, a few times a second, one file at a time; none is kept open. */
export class Writer {
  readonly #options: WriterOptions;
  readonly #stop: () => void;
  readonly #sizes = new Map<string, number>();
  #waiting = new Map<string, string[]>();
  #waitingBytes = 0;
  #writing: Promise<void> = Promise.resolve();
  #written = 0;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#stop = options.clock.every(FLUSH_MS, () => void this.flush());
  }

  /** Bytes written so far. */
  get written(): number {
    return this.#written;
  }

  /** A line, without its end, for the file of a stream and day. */
  add(path: string, day: string, line: string): void {
    const bytes = Buffer.byteLength(line) + 1;
    if (this.#waitingBytes + bytes > MAX_WAITING_BYTES) {
      this.#options.onLost(1, 'the disk is too slow');
      return;
    }
    const file = join(this.#options.folder, ...folderNames(path), fileName(day));
    const lines = this.#waiting.get(file);
    if (lines === undefined) this.#waiting.set(file, [line]);
    else lines.push(line);
    this.#waitingBytes += bytes;
  }

  /** Writes what waits; resolves when it is written. */
  flush(): Promise<void> {
    const waiting = this.#waiting;
    if (waiting.size === 0) return this.#writing;
    this.#waiting = new Map();
    this.#writing = this.#writing.then(async () => {
      for (const [file, lines] of waiting) await this.#append(file, lines);
    });
    return this.#writing;
  }

  /** Files were deleted. */
  forgetSizes(): void {
    this.#sizes.clear();
  }

  async close(): Promise<void> {
    this.#stop();
    await this.flush();
  }

  async #append(file: string, lines: readonly string[]): Promise<void> {
    const text = `${lines.join('\n')}\n`;
    const bytes = Buffer.byteLength(text);
    this.#waitingBytes -= bytes;
    const { maxFileBytes, onLost } = this.#options;
    try {
      const size = this.#sizes.get(file) ?? (await this.#begin(file));
      const fits = size + bytes <= maxFileBytes;
      const chosen = fits ? text : size < maxFileBytes ? FULL : '';
      if (chosen !== '') await fs.appendFile(file, chosen, { mode: 0o640, flag: APPEND });
      this.#written += Buffer.byteLength(chosen);
      this.#remember(file, fits ? size + bytes : maxFileBytes);
    } catch (error) {
      // Its folder may have been cleared away: the next line makes it anew.
      this.#sizes.delete(file);
      onLost(lines.length, (error as NodeJS.ErrnoException).code ?? String(error));
    }
  }

  /** Makes its folders; answers how long the file is. */
  async #begin(file: string): Promise<number> {
    const { folder } = this.#options;
    await folderInside(folder, relative(folder, dirname(file)).split(sep));
    return sizeOf(file);
  }

  #remember(file: string, size: number): void {
    this.#sizes.delete(file);
    this.#sizes.set(file, size);
    if (this.#sizes.size > MAX_SIZES) this.#sizes.delete(this.#sizes.keys().next().value as string);
  }
}

async function sizeOf(file: string): Promise<number> {
  return fs.stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}
