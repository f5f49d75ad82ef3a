import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createDepacketizer, type DepacketizedUnit, parseRtp, parseRtpFormat, Rfc4571Deframer, type RtpFormat, type RtpPacket } from '../src/index.js';

export const bytes = (text: string) => Buffer.from(text.replaceAll(/\s/g, ''), 'hex');
export const hex = (units: readonly Buffer[]) => units.map((unit) => unit.toString('hex'));
export const fixture = (name: string) => readFileSync(join(import.meta.dirname, 'fixtures', name));

/** RTP packets with RFC 4571 framing. */
export function packetsOf(framed: Buffer): RtpPacket[] {
  const packets: RtpPacket[] = [];
  new Rfc4571Deframer({ packet: (packet) => packets.push(parseRtp(packet)), resynced: () => undefined }).push(framed);
  return packets;
}

export function packet(payload: Buffer | string, fields: Partial<RtpPacket> = {}): RtpPacket {
  const data = typeof payload === 'string' ? bytes(payload) : payload;
  return { marker: false, payloadType: 96, sequence: 0, timestamp: 0, ssrc: 1, csrcs: [], payload: data, ...fields };
}

export function collect(format: RtpFormat | string, options: { readonly maxAccessUnitBytes?: number } = {}) {
  const units: DepacketizedUnit[] = [];
  const configurations: Buffer[] = [];
  const sink = { accessUnit: (unit: DepacketizedUnit) => void units.push(unit), configuration: (config: Buffer) => void configurations.push(config) };
  const depacketizer = createDepacketizer(typeof format === 'string' ? parseRtpFormat(format) : format, sink, options);
  if (depacketizer === undefined) throw new Error('no depacketiser');
  return { depacketizer, units, configurations };
}

/** Pushes packets; a hole in their sequence numbers is told. */
export function run(format: RtpFormat | string, packets: readonly RtpPacket[], finish = true) {
  const collected = collect(format);
  let next: number | undefined;
  for (const one of packets) {
    if (next !== undefined && one.sequence !== next) collected.depacketizer.lost();
    collected.depacketizer.push(one);
    next = (one.sequence + 1) & 0xffff;
  }
  if (finish) collected.depacketizer.finish();
  return collected;
}
