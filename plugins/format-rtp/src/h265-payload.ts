import { Buffer } from 'node:buffer';
import { beginsH265AccessUnit, H265NalType, isH265SliceType } from '@sluice/plugin-codec-h265';
import { type Beginning, type NalPayload, type NalPayloadSink, readUnits, startCodeBytes } from './nal-payload.js';
import type { RtpFormat } from './rtp-format.js';

/** RFC 7798 4.4. */
const AGGREGATE = 48;
const FRAGMENT = 49;
const HEADER_BYTES = 2;
const DONL_BYTES = 2;
const DOND_BYTES = 1;

function typeOf(unit: Buffer, at = 0): number {
  return ((unit[at] ?? 0) >> 1) & 0x3f;
}

function isSlice(unit: Buffer): boolean {
  return unit.length > 1 && isH265SliceType(typeOf(unit));
}

/** `third`: the byte after the NAL header. */
function beginsByType(type: number, third: number): Beginning {
  // From here on types are those of RTP.
  if (type >= AGGREGATE || !beginsH265AccessUnit(type, third)) return undefined;
  if (isH265SliceType(type)) return 'slice';
  return type === H265NalType.sps || type === H265NalType.pps ? 'later' : 'other';
}

function begins(payload: Buffer, donBytes: number): Beginning {
  const code = startCodeBytes(payload);
  if (code > 0) return beginsByType(typeOf(payload, code), payload[code + 2] ?? 0);
  const type = typeOf(payload);
  if (type === AGGREGATE) {
    const at = HEADER_BYTES + donBytes + 2;
    return beginsByType(typeOf(payload, at), payload[at + 2] ?? 0);
  }
  if (type === FRAGMENT) {
    const header = payload[2] ?? 0;
    return (header & 0x80) === 0 ? undefined : beginsByType(header & 0x3f, payload[3 + donBytes] ?? 0);
  }
  return beginsByType(type, payload[2 + donBytes] ?? 0);
}

function read(payload: Buffer, sink: NalPayloadSink, donBytes: number): void {
  const type = typeOf(payload);
  if (startCodeBytes(payload) > 0) readUnits(payload, sink);
  else if (payload.length <= HEADER_BYTES) sink.malformed();
  else if (type === AGGREGATE) readAggregate(payload, sink, donBytes);
  else if (type === FRAGMENT) readFragment(payload, sink, donBytes);
  else if (type > FRAGMENT) sink.malformed();
  else if (donBytes === 0) sink.unit(payload);
  else sink.unit(Buffer.concat([payload.subarray(0, HEADER_BYTES), payload.subarray(HEADER_BYTES + donBytes)]));
}

/** RFC 7798 4.4.2. */
function readAggregate(payload: Buffer, sink: NalPayloadSink, donBytes: number): void {
  let at = HEADER_BYTES + donBytes;
  let units = 0;
  while (at + 2 <= payload.length) {
    const length = payload.readUInt16BE(at);
    at += 2;
    if (length === 0) continue;
    if (at + length > payload.length) break;
    readUnits(payload.subarray(at, at + length), sink);
    units++;
    at += length + (donBytes > 0 ? DOND_BYTES : 0);
  }
  if (at < payload.length || units === 0) sink.malformed();
}

/** RFC 7798 4.4.3. */
function readFragment(payload: Buffer, sink: NalPayloadSink, donBytes: number): void {
  const header = payload[2] as number;
  const start = (header & 0x80) !== 0;
  // DONL is in the first fragment only.
  const from = HEADER_BYTES + 1 + (start ? donBytes : 0);
  if (payload.length <= from) {
    sink.malformed();
    return;
  }
  const nalHeader = Buffer.from([((payload[0] as number) & 0x81) | ((header & 0x3f) << 1), payload[1] as number]);
  sink.fragment(nalHeader, payload.subarray(from), start, (header & 0x40) !== 0);
}

/** H.265 over RTP (RFC 7798): single NAL units, AP, FU; decoding order numbers are skipped. */
export function createH265Payload(format: RtpFormat): NalPayload {
  const donBytes = Number(format.parameters['sprop-max-don-diff'] ?? 0) > 0 ? DONL_BYTES : 0;
  return { isSlice, begins: (payload) => begins(payload, donBytes), read: (payload, sink) => read(payload, sink, donBytes) };
}
