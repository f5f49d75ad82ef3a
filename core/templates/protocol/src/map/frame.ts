import { Buffer } from 'node:buffer';
import { ByteReader, createFrame, type Frame, type Track } from '@sluice/core';
import { protocolError } from '../errors.js';
import { MessageType, serializeMessage } from '../proto/message.js';

/** Track id and key flag (8 bits each), decoding and presentation time (64-bit floats); then each unit behind its length (32 bits). */
const HEAD_BYTES = 18;

/** A frame as a message. */
export function serializeFrame(frame: Frame): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt8(frame.track.id, 0);
  head.writeUInt8(frame.key ? 1 : 0, 1);
  head.writeDoubleBE(frame.dts, 2);
  head.writeDoubleBE(frame.pts, 10);
  return serializeMessage(MessageType.frame, head, ...frame.units.flatMap((unit) => [lengthOf(unit), unit]));
}

function lengthOf(unit: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(unit.length, 0);
  return length;
}

/** Reads the body of such a message. Throws `ERR___NAME___MESSAGE`. */
export function parseFrame(body: Buffer, tracks: ReadonlyMap<number, Track>): Frame {
  if (body.length < HEAD_BYTES) throw protocolError('message', `a frame of ${body.length} bytes`);
  const track = tracks.get(body.readUInt8(0));
  const [dts, pts] = [body.readDoubleBE(2), body.readDoubleBE(10)];
  if (track === undefined) throw protocolError('message', `a frame of track ${body.readUInt8(0)}, which was not announced`);
  if (!Number.isSafeInteger(dts) || !Number.isSafeInteger(pts)) throw protocolError('message', 'a time that is no whole number');
  return createFrame(track, dts, pts, body.readUInt8(1) === 1, readUnits(body.subarray(HEAD_BYTES)));
}

function readUnits(bytes: Buffer): Buffer[] {
  const units: Buffer[] = [];
  const reader = new ByteReader(bytes);
  try {
    while (reader.left > 0) units.push(reader.bytes(reader.u32()));
  } catch (error) {
    throw protocolError('message', 'a unit that breaks off', error);
  }
  return units;
}
