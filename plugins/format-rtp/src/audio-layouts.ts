import type { PayloadLayout } from './frame-packetizer.js';

/** A packet is an access unit: Opus, which nothing cuts (RFC 7587 4.2). */
export const WHOLE_UNIT_LAYOUT: PayloadLayout = {
  write({ units }, timestamp, writer) {
    const [unit] = units;
    if (unit === undefined || unit.length === 0) return false;
    writer.begin(1, unit.length);
    unit.copy(writer.bytes, writer.packet(unit.length, timestamp, false));
    return true;
  },
};

/** Samples of one byte each, which may be cut between any two (RFC 3551 4.5.14). The clock counts them. */
export function sampleLayout(channels: number): PayloadLayout {
  return {
    write({ units }, timestamp, writer) {
      const [unit] = units;
      if (unit === undefined || unit.length === 0) return false;
      const room = writer.maxPayload - (writer.maxPayload % channels);
      writer.begin(Math.ceil(unit.length / room), unit.length);
      for (let from = 0; from < unit.length; from += room) {
        const to = Math.min(unit.length, from + room);
        unit.copy(writer.bytes, writer.packet(to - from, (timestamp + from / channels) >>> 0, false), from, to);
      }
      return true;
    },
  };
}
