import { isAdts, parseAdtsHeader } from '@sluice/plugin-codec-aac';

/** One ADTS frame with its header. */
export interface AdtsFrame {
  readonly data: Buffer;
  /** Where it begins in the data last pushed; negative if in an earlier one. */
  readonly offset: number;
  /** How long it plays, in 90 kHz. Not rounded. */
  readonly ticks: number;
}

const HEADER_BYTES = 7;
const SAMPLES_PER_FRAME = 1024;
const EMPTY = Buffer.alloc(0);

/** Cuts ADTS data into frames, which may go on in the next packet. Holds at most one frame (8 KiB). */
export class AdtsSplitter {
  #rest: Buffer = EMPTY;

  push(payload: Buffer): AdtsFrame[] {
    const before = this.#rest.length;
    const data = before === 0 ? payload : Buffer.concat([this.#rest, payload]);
    const frames: AdtsFrame[] = [];
    let at = 0;
    while (data.length - at >= HEADER_BYTES) {
      const header = headerAt(data, at);
      if (header === undefined) {
        const next = data.indexOf(0xff, at + 1);
        at = next < 0 ? data.length : next;
        continue;
      }
      const end = at + header.frameBytes;
      if (end > data.length) break;
      frames.push({ data: data.subarray(at, end), offset: at - before, ticks: (SAMPLES_PER_FRAME * 90_000) / header.sampleRate });
      at = end;
    }
    this.#rest = at === 0 ? data : Buffer.from(data.subarray(at));
    return frames;
  }

  clear(): void {
    this.#rest = EMPTY;
  }
}

/** True where the payload is nothing but whole ADTS frames, whatever it is labelled. */
export function isWholeAdts(payload: Buffer): boolean {
  let at = 0;
  while (at < payload.length) {
    const header = headerAt(payload, at);
    if (header === undefined) return false;
    at += header.frameBytes;
  }
  return at > 0 && at === payload.length;
}

function headerAt(data: Buffer, at: number): ReturnType<typeof parseAdtsHeader> | undefined {
  // Looked at before: an exception per byte would be dear.
  if (data[at] !== 0xff || ((data[at + 2] ?? 0xff) & 0x3c) > 0x30 || !isAdts(data.subarray(at, at + HEADER_BYTES))) return undefined;
  try {
    return parseAdtsHeader(data, at);
  } catch {
    return undefined;
  }
}
