import { SluiceError } from '@sluice/core';

/** Codes of this plugin's errors. All of them end the connection they happen on. */
export type RtmpErrorCode =
  | 'ERR_RTMP_VERSION' // not RTMP, or RTMPE
  | 'ERR_RTMP_CHUNK' // chunks in an order or of a form that cannot be
  | 'ERR_RTMP_CHUNK_SIZE' // a chunk size of nought or too large
  | 'ERR_RTMP_CHUNK_STREAMS' // too many chunk streams
  | 'ERR_RTMP_MESSAGE_TOO_LARGE'
  | 'ERR_RTMP_MESSAGE' // a message body that cannot be read
  | 'ERR_RTMP_COMMAND' // a command at the wrong time
  | 'ERR_RTMP_TIMEOUT'; // handshake or first command took too long

/** Makes an error of this plugin. */
export function rtmpError(code: RtmpErrorCode, message: string, cause?: unknown): SluiceError {
  return new SluiceError(code, message, { plugin: 'rtmp', fatal: true, ...(cause === undefined ? {} : { cause }) });
}
