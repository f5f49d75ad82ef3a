import { SluiceError } from '@sluice/core';

/** Codes of this plugin's errors: all of them are ends of a pull. */
export type HttpFlvErrorCode =
  | 'ERR_HTTP_FLV_URL' // no http:// or https:// URL
  | 'ERR_HTTP_FLV_NOT_FOUND' // the server has no such stream
  | 'ERR_HTTP_FLV_REFUSED' // any other answer that is no stream
  | 'ERR_HTTP_FLV_REDIRECT' // too many redirects, or one to somewhere else than HTTP
  | 'ERR_HTTP_FLV_TIMEOUT' // no media in time
  | 'ERR_HTTP_FLV_CLOSED'; // the server ended the stream, or closed the connection

const STATUS: Readonly<Record<HttpFlvErrorCode, number>> = {
  ERR_HTTP_FLV_URL: 400,
  ERR_HTTP_FLV_NOT_FOUND: 404,
  ERR_HTTP_FLV_REFUSED: 502,
  ERR_HTTP_FLV_REDIRECT: 502,
  ERR_HTTP_FLV_TIMEOUT: 504,
  ERR_HTTP_FLV_CLOSED: 502,
};

/** Makes an error of this plugin. */
export function httpFlvError(code: HttpFlvErrorCode, message: string, cause?: unknown): SluiceError {
  return new SluiceError(code, message, { plugin: 'http-flv', fatal: true, status: STATUS[code], ...(cause === undefined ? {} : { cause }) });
}
