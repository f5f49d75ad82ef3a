import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Keeps the files of one stream. */
export interface SegmentStore {
  put(file: string, bytes: Buffer): void;
  get(file: string): Promise<Buffer> | Buffer | undefined;
  remove(file: string): void;
  close(): void;
}

/** Files on disk; what is to be written or removed goes on behind. */
export interface DiskStore extends SegmentStore {
  /** Resolves once all that was asked for is done. */
  idle(): Promise<void>;
}

/** Files in memory. */
export function createMemoryStore(): SegmentStore {
  const files = new Map<string, Buffer>();
  return {
    put: (file, bytes) => void files.set(file, bytes),
    get: (file) => files.get(file),
    remove: (file) => void files.delete(file),
    close: () => files.clear(),
  };
}

/**
 * Files in a folder of their own. Only names that were put are ever read. Each stays in memory until it is written; one that cannot be written
 * (a full disk) stays there, and `onError` is told.
 */
export function createDiskStore(folder: string, onError: (error: unknown) => void): DiskStore {
  /** Bytes as long as they are not on disk. */
  const files = new Map<string, Buffer | undefined>();
  const made = mkdir(folder, { recursive: true });
  let last: Promise<unknown> = made.catch(onError);
  /** One after the other, so that what is removed was written before. */
  const queue = (run: () => Promise<void>): void => {
    last = last.then(run).catch(onError);
  };
  return {
    put(file, bytes) {
      files.set(file, bytes);
      queue(async () => {
        if (!files.has(file)) return;
        await writeFile(join(folder, file), bytes);
        if (files.has(file)) files.set(file, undefined);
      });
    },
    get: (file) => (files.has(file) ? (files.get(file) ?? readFile(join(folder, file))) : undefined),
    remove(file) {
      files.delete(file);
      queue(() => rm(join(folder, file), { force: true }));
    },
    close() {
      files.clear();
      queue(() => rm(folder, { recursive: true, force: true }));
    },
    idle: async () => void (await last),
  };
}
