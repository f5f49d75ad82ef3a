import { Buffer } from 'node:buffer';
import { SENT_CHUNK_BYTES } from './message.js';

const FIRST_HEAD_BYTES = 12;
const EXTENDED = 0xffffff;

/** Bytes of the extended timestamp in each chunk of a message at this time. */
function extendedBytes(timestampMs: number): number {
  return timestampMs >>> 0 >= EXTENDED ? 4 : 0;
}

/**
 * Room for a whole message in chunks. Its body is to be written at the end, from `length - bodySize` on; then `sealMessage` makes the chunks.
 * So a frame is serialised once, straight into what is sent.
 */
export function allocateMessage(bodySize: number, timestampMs: number, chunkBytes = SENT_CHUNK_BYTES): Buffer {
  const chunks = Math.max(1, Math.ceil(bodySize / chunkBytes));
  const extended = extendedBytes(timestampMs);
  return Buffer.allocUnsafe(FIRST_HEAD_BYTES + extended + bodySize + (chunks - 1) * (1 + extended));
}

/** Writes the chunk headers of a message made by `allocateMessage`: type 0, then type 3 (RTMP 1.0, 5.3.1). `chunkStreamId` 2 to 63. */
export function sealMessage(
  message: Buffer,
  bodySize: number,
  head: { readonly chunkStreamId: number; readonly type: number; readonly streamId: number },
  timestampMs: number,
  chunkBytes = SENT_CHUNK_BYTES,
): Buffer {
  const timestamp = timestampMs >>> 0;
  const extended = extendedBytes(timestamp) > 0;
  message[0] = head.chunkStreamId;
  message.writeUIntBE(extended ? EXTENDED : timestamp, 1, 3);
  message.writeUIntBE(bodySize, 4, 3);
  message[7] = head.type;
  message.writeUInt32LE(head.streamId, 8);
  let at = FIRST_HEAD_BYTES;
  if (extended) at = message.writeUInt32BE(timestamp, at);
  let from = message.length - bodySize;
  while (message.length - from > chunkBytes) {
    message.copyWithin(at, from, from + chunkBytes);
    at += chunkBytes;
    from += chunkBytes;
    message[at++] = 0xc0 | head.chunkStreamId;
    if (extended) at = message.writeUInt32BE(timestamp, at);
  }
  return message;
}

/** A whole message in chunks. */
export function serializeMessage(
  chunkStreamId: number,
  type: number,
  streamId: number,
  timestampMs: number,
  body: Buffer,
  chunkBytes = SENT_CHUNK_BYTES,
): Buffer {
  const message = allocateMessage(body.length, timestampMs, chunkBytes);
  body.copy(message, message.length - body.length);
  return sealMessage(message, body.length, { chunkStreamId, type, streamId }, timestampMs, chunkBytes);
}
