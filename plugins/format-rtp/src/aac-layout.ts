import type { Frame } from '@sluice/core';
import type { PayloadLayout } from './frame-packetizer.js';
import type { PacketWriter } from './packet-writer.js';

/** AU-headers-length and one AU header of 13 bits of size and 3 of index (RFC 3640 3.2.1). */
const HEAD_BYTES = 4;
const AU_HEADER_BITS = 16;
/** What 13 bits of size can say. */
const MAX_ACCESS_UNIT_BYTES = 0x1fff;

/**
 * AAC in mode AAC-hbr (RFC 3640 3.3.6): one access unit in a packet, or in several, each of which then says the size of the whole (3.2.3.1).
 * The marker is on the last.
 */
export const AAC_LAYOUT: PayloadLayout = {
  write({ units }: Frame, timestamp: number, writer: PacketWriter): boolean {
    const [unit] = units;
    if (unit === undefined || unit.length === 0 || unit.length > MAX_ACCESS_UNIT_BYTES) return false;
    const room = writer.maxPayload - HEAD_BYTES;
    const packets = Math.ceil(unit.length / room);
    writer.begin(packets, packets * HEAD_BYTES + unit.length);
    for (let from = 0; from < unit.length; from += room) {
      const to = Math.min(unit.length, from + room);
      let at = writer.packet(HEAD_BYTES + to - from, timestamp, to === unit.length);
      at = writer.bytes.writeUInt16BE(AU_HEADER_BITS, at);
      at = writer.bytes.writeUInt16BE(unit.length << 3, at);
      unit.copy(writer.bytes, at, from, to);
    }
    return true;
  },
};
