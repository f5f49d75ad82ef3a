import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { folderInside } from '@sluice/core';

/** One recording. */
interface Recording {
  readonly file: string;
  bytes: number;
  open: boolean;
}

/** The folder of recordings (`DATA/rtp`) and how much is in it: the oldest ones go where there is no more room. */
export class RecordFolder {
  readonly #folder: string;
  readonly #maxBytes: number;
  /** Oldest first. */
  #recordings: Recording[] | undefined;
  #scanning: Promise<Recording[]> | undefined;
  #bytes = 0;

  constructor(folder: string, maxBytes: number) {
    this.#folder = folder;
    this.#maxBytes = maxBytes;
  }

  /** A new recording's file, in folders by path; these exist then. */
  async begin(path: string, startMs: number): Promise<string> {
    const recordings = await this.#scan();
    const folder = await folderInside(this.#folder, path.split('/'));
    const file = join(folder, `${new Date(startMs).toISOString().replace(/[-:]/g, '').replace('.', '-')}.rtpdump`);
    recordings.push({ file, bytes: 0, open: true });
    return file;
  }

  /** Makes room for so much more in `file`. False where there is none. */
  async reserve(file: string, bytes: number): Promise<boolean> {
    const recordings = await this.#scan();
    while (this.#bytes + bytes > this.#maxBytes) {
      const oldest = recordings.findIndex(({ open }) => !open);
      if (oldest < 0) return false;
      const [gone] = recordings.splice(oldest, 1);
      this.#bytes -= gone?.bytes ?? 0;
      if (gone !== undefined) await rm(gone.file, { force: true });
    }
    this.#bytes += bytes;
    const recording = recordings.find((known) => known.file === file);
    if (recording !== undefined) recording.bytes += bytes;
    return true;
  }

  /** The recording is over. */
  async end(file: string): Promise<void> {
    const recording = (await this.#scan()).find((known) => known.file === file);
    if (recording !== undefined) recording.open = false;
  }

  async #scan(): Promise<Recording[]> {
    this.#scanning ??= this.#read();
    this.#recordings ??= await this.#scanning;
    return this.#recordings;
  }

  async #read(): Promise<Recording[]> {
    await mkdir(this.#folder, { recursive: true });
    const entries = await readdir(this.#folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.rtpdump')).map((entry) => join(entry.parentPath, entry.name));
    const found = await Promise.all(files.map(async (file) => ({ file, stat: await stat(file) })));
    found.sort((a, b) => a.stat.mtimeMs - b.stat.mtimeMs);
    this.#bytes = found.reduce((sum, { stat: { size } }) => sum + size, 0);
    return found.map(({ file, stat: { size } }) => ({ file, bytes: size, open: false }));
  }
}
