import { SluiceError } from '@sluice/core';

/** Codes of this plugin's errors. All of them end the connection they happen on. */
export type RtspErrorCode = 'ERR_RTSP_SDP'; // no session description, or one beyond a limit

const STATUS: Readonly<Partial<Record<RtspErrorCode, number>>> = { ERR_RTSP_SDP: 400 };

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
