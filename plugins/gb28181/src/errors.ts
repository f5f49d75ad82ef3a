import { SluiceError } from '@sluice/core';

/** Codes of this plugin, with the HTTP-like status that fits. */
const STATUS = {
  /** A body of MANSCDP that cannot be read: DOCTYPE, too deep, too many elements, no root. */
  ERR_GB28181_XML: 400,
  ERR_GB28181_ID: 400,
  /** A value that is out of range: a speed, a position, a period. */
  ERR_GB28181_RANGE: 400,
  ERR_GB28181_DEVICE_UNKNOWN: 404,
  ERR_GB28181_CHANNEL_UNKNOWN: 404,
  ERR_GB28181_NOT_PLAYING: 404,
  ERR_GB28181_PLAYBACK_UNKNOWN: 404,
  ERR_GB28181_CHANNEL_AMBIGUOUS: 409,
  ERR_GB28181_PLAYBACK_ENDED: 409,
  ERR_GB28181_REFUSED: 502,
  ERR_GB28181_OFFLINE: 502,
  ERR_GB28181_SILENT: 504,
  ERR_GB28181_NO_MEDIA: 504,
  ERR_GB28181_ENDED: 503,
  ERR_GB28181_FULL: 503,
} as const;

/** The codes. */
export type Gb28181ErrorCode = keyof typeof STATUS;

/** An error of this plugin. */
export function gbError(code: Gb28181ErrorCode, message: string, cause?: unknown): SluiceError {
  return new SluiceError(code, message, { plugin: 'gb28181', status: STATUS[code], ...(cause === undefined ? {} : { cause }) });
}
