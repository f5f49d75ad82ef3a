import { ByteReader, OutOfBytesError } from '@sluice/core';
import { rtmpError } from '../errors.js';
import type { RtmpMessage } from './message.js';

/** The messages inside an aggregate message: FLV tags, moved to the aggregate's time (RTMP 1.0, 7.1.6). Throws `ERR_RTMP_MESSAGE`. */
export function splitAggregate(aggregate: RtmpMessage): RtmpMessage[] {
  const reader = new ByteReader(aggregate.body);
  const messages: RtmpMessage[] = [];
  let shift: number | undefined;
  try {
    while (reader.left > 0) {
      const type = reader.u8() & 0x1f;
      const size = reader.u24();
      const timestamp = reader.u24() + reader.u8() * 0x1000000;
      reader.skip(3);
      shift ??= aggregate.timestampMs - timestamp;
      messages.push({ type, streamId: aggregate.streamId, timestampMs: (timestamp + shift) >>> 0, body: reader.bytes(size) });
      if (reader.left > 0) reader.skip(4); // back pointer
    }
  } catch (error) {
    if (error instanceof OutOfBytesError) throw rtmpError('ERR_RTMP_MESSAGE', 'aggregate message is cut', error);
    throw error;
  }
  return messages;
}
