import { Buffer } from 'node:buffer';
import { beginsH264AccessUnit, H264NalType, h264NalType, isH264SliceType } from '@sluice/plugin-codec-h264';
import { type Beginning, type NalPayload, type NalPayloadSink, readUnits, startCodeBytes } from './nal-payload.js';

/** RFC 6184 table 1. */
const STAP_A = 24;
const STAP_B = 25;
const FU_A = 28;
const FU_B = 29;

function isSlice(unit: Buffer): boolean {
  return isH264SliceType(h264NalType(unit));
}

/** `second`: the byte after the NAL header. */
function beginsByType(type: number, second: number): Beginning {
  if (!beginsH264AccessUnit(type, second)) return undefined;
  if (isH264SliceType(type)) return 'slice';
  return type === H264NalType.pps ? 'later' : 'other';
}

function begins(payload: Buffer): Beginning {
  const type = (payload[0] ?? 0) & 0x1f;
  switch (type) {
    case 0: {
      const at = startCodeBytes(payload);
      return at === 0 ? undefined : beginsByType((payload[at] ?? 0) & 0x1f, payload[at + 1] ?? 0);
    }
    case STAP_A:
      return beginsByType((payload[3] ?? 0) & 0x1f, payload[4] ?? 0);
    case STAP_B:
      return beginsByType((payload[5] ?? 0) & 0x1f, payload[6] ?? 0);
    case FU_A:
    case FU_B: {
      const header = payload[1] ?? 0;
      if ((header & 0x80) === 0) return undefined;
      // Type 0: a start code was taken for the header; what follows is a parameter set in all that was seen.
      return (header & 0x1f) === 0 ? 'other' : beginsByType(header & 0x1f, payload[type === FU_A ? 2 : 4] ?? 0);
    }
    default:
      return beginsByType(type, payload[1] ?? 0);
  }
}

function read(payload: Buffer, sink: NalPayloadSink): void {
  const type = (payload[0] ?? 0) & 0x1f;
  if ((type >= 1 && type <= 23) || startCodeBytes(payload) > 0) readUnits(payload, sink);
  else if (type === STAP_A) readAggregate(payload, 1, sink);
  else if (type === STAP_B) readAggregate(payload, 3, sink);
  else if (type === FU_A) readFragment(payload, 2, sink);
  else if (type === FU_B) readFragment(payload, 4, sink);
  // Multi-time aggregates (26, 27) are for interleaved streams, which no camera sends.
  else sink.malformed();
}

/** RFC 6184 5.7.1. */
function readAggregate(payload: Buffer, offset: number, sink: NalPayloadSink): void {
  let at = offset;
  while (at + 2 <= payload.length) {
    const length = payload.readUInt16BE(at);
    at += 2;
    // A size of 0 is padding that some senders add.
    if (length === 0) continue;
    if (at + length > payload.length) {
      sink.malformed();
      return;
    }
    readUnits(payload.subarray(at, at + length), sink);
    at += length;
  }
  if (at !== payload.length || at === offset) sink.malformed();
}

/** RFC 6184 5.8. */
function readFragment(payload: Buffer, offset: number, sink: NalPayloadSink): void {
  if (payload.length <= offset) {
    sink.malformed();
    return;
  }
  const header = payload[1] as number;
  const start = (header & 0x80) !== 0;
  const type = header & 0x1f;
  // Type 0 with a start code behind it: the sender cut Annex B data, whose first zero byte was taken for the header.
  const nalHeader = Buffer.from([type === 0 ? 0 : ((payload[0] as number) & 0xe0) | type]);
  sink.fragment(nalHeader, payload.subarray(offset), start, (header & 0x40) !== 0);
}

/** H.264 over RTP (RFC 6184): single NAL units, STAP-A, FU-A; STAP-B and FU-B in the order they come. */
export const H264_PAYLOAD: NalPayload = { read, begins, isSlice };
