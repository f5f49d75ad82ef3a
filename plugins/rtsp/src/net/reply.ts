import type { HeaderList } from '@sluice/plugin-wire-text';

/** The answer to a request, without what all answers carry. */
export interface Reply {
  readonly status: number;
  readonly headers?: HeaderList;
  readonly body?: Buffer;
}

/** The answer that a request went well. */
export const OK: Reply = { status: 200 };

/** A refusal. */
export function refusal(status: number): Reply {
  return { status };
}

/** The status of RTSP for one as in HTTP: what only HTTP has becomes what says the same. */
export function rtspStatusOf(status: number | undefined): number {
  switch (status) {
    case 400:
    case 401:
    case 403:
    case 404:
    case 413:
    case 415:
    case 502:
    case 503:
      return status;
    // A stream that did not come in time is not there.
    case 504:
      return 404;
    // RFC 2326 11.3.5: what was set up is no more; the client asks anew what there is.
    case 410:
      return 454;
    // Another publisher has the path.
    case 409:
      return 403;
    default:
      return status !== undefined && status < 500 ? 400 : 500;
  }
}
