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
  | 'ERR_RTMP_TIMEOUT' // handshake or first command took too long; a pull or push made no progress
  | 'ERR_RTMP_URL' // no RTMP URL
  | 'ERR_RTMP_REFUSED' // the server refused a pull or push; its code and description are in the message
  | 'ERR_RTMP_NOT_FOUND' // the server has no such stream
  | 'ERR_RTMP_CLOSED'; // the server ended a pull or push, or closed its connection

const STATUS: Readonly<Partial<Record<RtmpErrorCode, number>>> = {
  ERR_RTMP_URL: 400,
  ERR_RTMP_TIMEOUT: 504,
  ERR_RTMP_REFUSED: 502,
  ERR_RTMP_NOT_FOUND: 404,
  ERR_RTMP_CLOSED: 502,
};

/** Makes an error of this plugin. */
export function rtmpError(code: RtmpErrorCode, message: string, cause?: unknown): SluiceError {
  const status = STATUS[code];
  return new SluiceError(code, message, {
    plugin: 'rtmp',
    fatal: true,
    ...(status === undefined ? {} : { status }),
    ...(cause === undefined ? {} : { cause }),
  });
}
