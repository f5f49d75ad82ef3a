import { message } from '../../e2e/support/rtmp-bytes.js';

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
};

/** Set Chunk Size (RTMP 5.4.1). */
export const setChunkSize = (bytes: number): Buffer => message(1, u32(bytes));
/** Window Acknowledgement Size (RTMP 5.4.4). */
export const windowAck = (bytes: number): Buffer => message(5, u32(bytes));
/** A ping request (RTMP 7.1.7, event 6). */
export const ping = (timestamp: number): Buffer => message(4, Buffer.concat([Buffer.from([0, 6]), u32(timestamp)]));
