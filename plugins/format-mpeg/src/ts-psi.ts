import { crc32Mpeg2 } from './crc.js';
import { codecOfStreamType } from './program-stream-map.js';

/** One elementary stream of a program map table (ISO/IEC 13818-1 2.4.4.8). */
export interface TsMappedStream {
  readonly pid: number;
  readonly streamType: number;
  /** By stream type, or by a registration descriptor where that says nothing. */
  readonly codec: string;
}

/** Bytes of a section, with its header (2.4.4.1). */
const MAX_SECTION_BYTES = 1024;
const PRIVATE_PES = 0x06;
const REGISTRATION = 0x05;
const REGISTERED: ReadonlyMap<string, string> = new Map([
  ['HEVC', 'h265'],
  ['Opus', 'opus'],
]);
const EMPTY = Buffer.alloc(0);

/** Puts the sections of one PID together. */
export class SectionReader {
  #section = EMPTY;
  #filled = 0;
  /** Bytes that the last call of `#fill` used. */
  #taken = 0;

  /** Takes the payload of a packet; answers the last section that ended in it, if its checksum is right. */
  push(payload: Buffer, starts: boolean): Buffer | undefined {
    let found: Buffer | undefined;
    let at = 0;
    if (starts) {
      const pointer = payload[0] ?? 0;
      if (this.#filled > 0) found = this.#fill(payload.subarray(1, 1 + pointer));
      this.clear();
      at = 1 + pointer;
    } else if (this.#filled === 0) {
      return undefined;
    }
    for (let rest = payload.subarray(at); rest.length > 0; rest = rest.subarray(this.#taken)) {
      if (this.#filled === 0 && (rest[0] === 0xff || rest.length < 3)) break;
      found = this.#fill(rest) ?? found;
      if (this.#filled > 0) break;
    }
    return found;
  }

  clear(): void {
    this.#section = EMPTY;
    this.#filled = 0;
  }

  #fill(bytes: Buffer): Buffer | undefined {
    if (this.#filled === 0) {
      const length = 3 + (bytes.readUInt16BE(1) & 0x0fff);
      if (length > MAX_SECTION_BYTES || length < 12) {
        this.#taken = bytes.length;
        return undefined;
      }
      this.#section = Buffer.alloc(length);
    }
    this.#taken = bytes.copy(this.#section, this.#filled);
    this.#filled += this.#taken;
    if (this.#filled < this.#section.length) return undefined;
    const section = this.#section;
    this.clear();
    return crc32Mpeg2(section) === 0 ? section : undefined;
  }
}

/** The PID of the first program's map (2.4.4.3); `undefined` where there is none. */
export function parseProgramAssociation(section: Buffer): number | undefined {
  if (section[0] !== 0) return undefined;
  for (let at = 8; at + 4 <= section.length - 4; at += 4) {
    if (section.readUInt16BE(at) !== 0) return section.readUInt16BE(at + 2) & 0x1fff;
  }
  return undefined;
}

/** The streams of a program map table; `undefined` where it is another table. */
export function parseProgramMap(section: Buffer): TsMappedStream[] | undefined {
  if (section[0] !== 2 || section.length < 16) return undefined;
  const end = section.length - 4;
  const streams: TsMappedStream[] = [];
  let at = 12 + (section.readUInt16BE(10) & 0x0fff);
  while (at + 5 <= end) {
    const streamType = section[at] as number;
    const next = at + 5 + (section.readUInt16BE(at + 3) & 0x0fff);
    const codec = streamType === PRIVATE_PES ? registered(section.subarray(at + 5, Math.min(next, end))) : codecOfStreamType(streamType);
    streams.push({ pid: section.readUInt16BE(at + 1) & 0x1fff, streamType, codec: codec ?? `stream-type-${streamType}` });
    at = next;
  }
  return streams;
}

function registered(descriptors: Buffer): string | undefined {
  for (let at = 0; at + 2 <= descriptors.length; at += 2 + (descriptors[at + 1] as number)) {
    if (descriptors[at] === REGISTRATION) return REGISTERED.get(descriptors.toString('latin1', at + 2, at + 6));
  }
  return undefined;
}
