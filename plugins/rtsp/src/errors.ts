import { SluiceError } from '@sluice/core';

/** Codes of this plugin's errors. All of them end the connection they happen on. */
export type RtspErrorCode =
  | 'ERR_RTSP_SDP' // no session description, or one beyond a limit
  | 'ERR_RTSP_OUTDATED' // a track is not what was described any more: who plays it asks anew
  | 'ERR_RTSP_FRAMING' // neither a message nor an interleaved frame
  | 'ERR_RTSP_TOO_LARGE' // a message beyond a limit
  | 'ERR_RTSP_MESSAGE' // a message that cannot be read
  | 'ERR_RTSP_URL' // no RTSP URL
  | 'ERR_RTSP_TIMEOUT' // nothing came in time
  | 'ERR_RTSP_REQUESTS' // too many requests before the first one was answered, or too many that were refused
  | 'ERR_RTSP_REFUSED' // another server refused a request; its status is in the message
  | 'ERR_RTSP_AUTH' // another server wants other credentials
  | 'ERR_RTSP_TRANSPORT' // another server does not send or take packets that way
  | 'ERR_RTSP_NO_TRACK' // nothing in a stream that could be sent or read
  | 'ERR_RTSP_REDIRECT' // another server leads nowhere
  | 'ERR_RTSP_CLOSED' // another server ended the session, or closed its connection
  | 'ERR_RTSP_NO_PORT'; // no pair of UDP ports is free

const STATUS: Readonly<Partial<Record<RtspErrorCode, number>>> = {
  ERR_RTSP_SDP: 400,
  ERR_RTSP_OUTDATED: 410,
  ERR_RTSP_FRAMING: 400,
  ERR_RTSP_TOO_LARGE: 413,
  ERR_RTSP_MESSAGE: 400,
  ERR_RTSP_URL: 400,
  ERR_RTSP_REQUESTS: 400,
  ERR_RTSP_REFUSED: 502,
  ERR_RTSP_AUTH: 502,
  ERR_RTSP_TRANSPORT: 502,
  ERR_RTSP_REDIRECT: 502,
  ERR_RTSP_CLOSED: 502,
  ERR_RTSP_NO_PORT: 503,
};

/** Makes an error of this plugin. */
export function rtspError(code: RtspErrorCode, message: string, cause?: unknown): SluiceError {
  const status = STATUS[code];
  return new SluiceError(code, message, {
    plugin: 'rtsp',
    fatal: true,
    ...(status === undefined ? {} : { status }),
    ...(cause === undefined ? {} : { cause }),
  });
}
