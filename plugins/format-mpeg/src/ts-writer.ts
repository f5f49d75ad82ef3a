import type { Buffer } from 'node:buffer';
import { TS_PACKET_BYTES } from './ts-demuxer.js';

const SYNC = 0x47;
const PAYLOAD_BYTES = TS_PACKET_BYTES - 4;
/** Length, flags, and the clock reference. */
const CLOCK_FIELD_BYTES = 8;
const FLAG_FIELD_BYTES = 2;

/** What the first packet of a PES packet says beside its payload. */
export interface FirstPacket {
  /** Program clock reference in 90 kHz. */
  readonly clock?: number;
  /** A decoder can start here. */
  readonly randomAccess: boolean;
}

function fieldBytes({ clock, randomAccess }: FirstPacket): number {
  if (clock !== undefined) return CLOCK_FIELD_BYTES;
  return randomAccess ? FLAG_FIELD_BYTES : 0;
}

/** Transport packets that so many bytes of payload take. */
export function tsPackets(payloadBytes: number, first: FirstPacket): number {
  const firstRoom = PAYLOAD_BYTES - fieldBytes(first);
  return payloadBytes <= firstRoom ? 1 : 1 + Math.ceil((payloadBytes - firstRoom) / PAYLOAD_BYTES);
}

/** Continuity counters by PID (ISO/IEC 13818-1 2.4.3.3). */
export class Continuity {
  readonly #next = new Map<number, number>();

  next(pid: number): number {
    const value = this.#next.get(pid) ?? 0;
    this.#next.set(pid, (value + 1) & 15);
    return value;
  }
}

/** Writes `pieces`, one PES packet, as transport packets of `pid` from `at` on; answers where they end. */
export function writeTsPackets(target: Buffer, at: number, pid: number, first: FirstPacket, pieces: readonly Buffer[], continuity: Continuity): number {
  let left = 0;
  for (const piece of pieces) left += piece.length;
  let piece = 0;
  let from = 0;
  for (let start = true; left > 0; start = false) {
    const field = start ? fieldBytes(first) : 0;
    const payload = Math.min(left, PAYLOAD_BYTES - field);
    const end = at + TS_PACKET_BYTES;
    target[at] = SYNC;
    target.writeUInt16BE((start ? 0x4000 : 0) | pid, at + 1);
    const fieldLength = PAYLOAD_BYTES - payload;
    target[at + 3] = (fieldLength > 0 ? 0x30 : 0x10) | continuity.next(pid);
    if (fieldLength > 0) writeField(target, at + 4, fieldLength, start ? first : undefined);
    for (let to = end - payload; to < end; ) {
      const copied = (pieces[piece] as Buffer).copy(target, to, from, from + end - to);
      to += copied;
      from += copied;
      if (from === (pieces[piece] as Buffer).length) {
        piece++;
        from = 0;
      }
    }
    left -= payload;
    at = end;
  }
  return at;
}

/** An adaptation field of so many bytes, stuffed where there is nothing to say (2.4.3.4). */
function writeField(target: Buffer, at: number, bytes: number, first: FirstPacket | undefined): void {
  target[at] = bytes - 1;
  if (bytes === 1) return;
  const clock = first?.clock;
  target[at + 1] = (first?.randomAccess ? 0x40 : 0) | (clock === undefined ? 0 : 0x10);
  target.fill(0xff, at + 2, at + bytes);
  if (clock !== undefined) writeClock(target, at + 2, clock);
}

/** 33 bits in 90 kHz; the extension in 27 MHz stays 0. */
function writeClock(target: Buffer, at: number, ticks: number): void {
  const wrapped = ((ticks % 2 ** 33) + 2 ** 33) % 2 ** 33;
  target.writeUInt32BE(Math.floor(wrapped / 2), at);
  target[at + 4] = ((wrapped % 2) << 7) | 0x7e;
  target[at + 5] = 0;
}

/** Writes a section in a packet of its own, behind a pointer field. */
export function writeSectionPacket(target: Buffer, at: number, pid: number, section: Buffer, continuity: Continuity): number {
  target[at] = SYNC;
  target.writeUInt16BE(0x4000 | pid, at + 1);
  target[at + 3] = 0x10 | continuity.next(pid);
  target[at + 4] = 0;
  const end = at + 5 + section.copy(target, at + 5);
  target.fill(0xff, end, at + TS_PACKET_BYTES);
  return at + TS_PACKET_BYTES;
}
