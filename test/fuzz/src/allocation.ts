import { Buffer } from 'node:buffer';

/** One input made a parser ask for so much at once that the process would be in danger. */
export class AllocationError extends Error {}

const DANGER_BYTES = 256 << 20;

/** Counts what is asked for through `Buffer`: a length that was only declared shows here, even where the memory is let go at once. */
export class AllocationMeter {
  #bytes = 0;

  /** Replaces the ways to make a buffer in this thread. */
  constructor() {
    const { alloc, allocUnsafe, allocUnsafeSlow } = Buffer;
    const count = (bytes: number): void => {
      if (typeof bytes !== 'number' || Number.isNaN(bytes)) return;
      this.#bytes += bytes;
      if (bytes > DANGER_BYTES) throw new AllocationError(`${bytes} bytes at once`);
    };
    Buffer.alloc = (size: number, ...rest: [(string | number | Uint8Array)?, BufferEncoding?]) => {
      count(size);
      return alloc(size, ...rest);
    };
    Buffer.allocUnsafe = (size: number) => {
      count(size);
      return allocUnsafe(size);
    };
    Buffer.allocUnsafeSlow = (size: number) => {
      count(size);
      return allocUnsafeSlow(size);
    };
  }

  /** Bytes asked for since the last call. */
  take(): number {
    const bytes = this.#bytes;
    this.#bytes = 0;
    return bytes;
  }
}
