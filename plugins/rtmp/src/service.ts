import { type ServiceToken, service } from '@sluice/core';

/**
 * `idle`: the stream is not there; `connecting`; `live`: the server takes it; `retrying`: the last try failed and the next one is due;
 * `failed`: no tries are left; `stopped`: closed.
 */
export type RtmpPushState = 'idle' | 'connecting' | 'live' | 'retrying' | 'failed' | 'stopped';

/** A push as plain data. */
export interface RtmpPushInfo {
  readonly path: string;
  /** Without its secrets. */
  readonly url: string;
  readonly state: RtmpPushState;
  /** Tries since it was live last, the running one with them; 0 before the first. */
  readonly attempt: number;
  /** Why the last try ended. `ERR_RTMP_REFUSED` has the server's code and description in its message. */
  readonly lastError?: { readonly code: string; readonly message: string };
  /** When it came into this state: ISO 8601 UTC. */
  readonly since: string;
  /** Bytes sent, of all tries. */
  readonly bytes: number;
}

/** What to push and where. */
export interface RtmpPushOptions {
  /** Path of a stream here. It may come later, go and come back. */
  readonly path: string;
  /** `rtmp[s]://HOST[:PORT]/APP/NAME[?QUERY]`. `?hevc=12` sends H.265 as codec id 12. */
  readonly url: string;
  /** Added to the URL's query, where it has not got these names. */
  readonly query?: Readonly<Record<string, string>>;
  /** Told of every change of state. */
  readonly onState?: (info: RtmpPushInfo) => void;
  /** Whether an address that the host resolves to may be connected to. Left out, any may. */
  readonly allow?: (address: string) => boolean;
  /** Longest time until a server takes the stream, and longest time in which it takes none of it. Default 5. */
  readonly timeoutSeconds?: number;
  /** Tries after a failure before it gives up. Default: no limit. */
  readonly retries?: number;
  /** Wait before the second try; doubled, with jitter, up to `maxRetryIntervalMs`. Default 1000, 30,000. */
  readonly retryIntervalMs?: number;
  readonly maxRetryIntervalMs?: number;
}

/** A running push. */
export interface RtmpPush {
  info(): RtmpPushInfo;
  /** Ends it: the server is told. Safe to call twice. */
  close(): Promise<void>;
}

/** Where a URL leads. */
export interface RtmpTarget {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  /** `app/name` as an RTMP server of ours would read it, not yet checked. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
}

/** RTMP to other servers. */
export interface RtmpClientService {
  /** Reads a URL to push to. Throws `ERR_RTMP_URL` (400). */
  target(url: string): RtmpTarget;
  /** Forwards a stream, with retries, until closed. Throws `ERR_RTMP_URL`; everything else is a state. */
  push(options: RtmpPushOptions): RtmpPush;
}

/** Token of the service. */
export const rtmpClientService: ServiceToken<RtmpClientService> = service<RtmpClientService>('rtmp-client', () => import('@sluice/plugin-rtmp'));
