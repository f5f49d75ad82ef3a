import { SluiceError } from '@sluice/core';

/** Error codes of this plugin. */
export type SipErrorCode =
  | 'ERR_SIP_MALFORMED'
  | 'ERR_SIP_VERSION'
  | 'ERR_SIP_TOO_LARGE'
  | 'ERR_SIP_TIMEOUT'
  | 'ERR_SIP_UNREACHABLE'
  | 'ERR_SIP_REJECTED'
  | 'ERR_SIP_CANCELLED'
  | 'ERR_SIP_BUSY'
  | 'ERR_SIP_DIALOG_ENDED'
  | 'ERR_SIP_PORT';

const STATUS: Readonly<Record<SipErrorCode, number>> = {
  ERR_SIP_MALFORMED: 400,
  ERR_SIP_VERSION: 505,
  ERR_SIP_TOO_LARGE: 413,
  ERR_SIP_TIMEOUT: 408,
  ERR_SIP_UNREACHABLE: 503,
  ERR_SIP_REJECTED: 500,
  ERR_SIP_CANCELLED: 487,
  ERR_SIP_BUSY: 503,
  ERR_SIP_DIALOG_ENDED: 481,
  ERR_SIP_PORT: 500,
};

const FATAL: readonly SipErrorCode[] = ['ERR_SIP_MALFORMED', 'ERR_SIP_VERSION', 'ERR_SIP_TOO_LARGE'];

/** An error of this plugin; `status` is a SIP status. Those of a peer's bytes end the connection they came on. */
export function sipError(code: SipErrorCode, message: string, details: { readonly status?: number; readonly cause?: unknown } = {}): SluiceError {
  return new SluiceError(code, message, { plugin: 'sip', status: details.status ?? STATUS[code], fatal: FATAL.includes(code), cause: details.cause });
}
