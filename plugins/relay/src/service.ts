import { type ServiceToken, service } from '@sluice/core';
import type { RtmpPushInfo, RtmpPushState } from '@sluice/plugin-rtmp/service';

/** How far a push is. */
export type RelayPushState = RtmpPushState;

/** Who wants a push: a caller of the API, a rule of `relay.pushes`, or another plugin. */
export type RelayPushOrigin = 'api' | 'rule' | 'plugin';

/** A push as plain data. */
export interface RelayPushInfo extends RtmpPushInfo {
  readonly id: string;
  readonly origin: RelayPushOrigin;
  /** `memory` where the target is a server of this process: frames are handed over and nothing is sent. */
  readonly via: 'memory' | 'rtmp';
}

/** What to forward and where. */
export interface RelayPushRequest {
  /** Path of a stream here. It may come later, go and come back. */
  readonly path: string;
  /** `rtmp[s]://HOST[:PORT]/APP/NAME[?QUERY]`. */
  readonly url: string;
  /** Added to the URL's query, where it has not got these names. */
  readonly query?: Readonly<Record<string, string>>;
  /** Tries after a failure before it gives up (`failed`). Default: no limit. */
  readonly retries?: number;
  /** Wait before the second try. Default `relay.retryIntervalMs`. */
  readonly retryIntervalMs?: number;
}

/** A push for another plugin. */
export interface RelayPushOptions extends RelayPushRequest {
  /** True where a caller of the API named the target: `relay.allow` counts. */
  readonly guarded: boolean;
  readonly onState?: (info: RelayPushInfo) => void;
}

/** A running push. */
export interface RelayPush {
  info(): RelayPushInfo;
  /** Ends it. Safe to call twice. */
  close(): Promise<void>;
}

/** Forwarding to other servers, and the guard of what callers of the API may name as targets. */
export interface RelayService {
  /** Whether a caller of the API may name this target. Rejects with `ERR_RTMP_URL` (400), `ERR_RELAY_RESOLVE` (400) or `ERR_RELAY_TARGET` (403). */
  checkUrl(url: string): Promise<void>;
  /** The same for a host alone; answers the addresses that are allowed. */
  checkHost(host: string): Promise<readonly string[]>;
  /** Forwards a stream until closed: hands it over in memory where the target is our own RTMP server. Rejects with `ERR_RTMP_URL`; everything else is a state. */
  push(options: RelayPushOptions): Promise<RelayPush>;
  /** All pushes, whoever wanted them. */
  pushes(): readonly RelayPushInfo[];
  /** One of them. Throws `ERR_RELAY_PUSH_UNKNOWN` (404). */
  describePush(id: string): RelayPushInfo;
  /**
   * A push for a caller of the API, until `endPush`. Rejects as `checkUrl` does, and with `ERR_STREAM_PATH` (400), `ERR_RELAY_PUSH_EXISTS` (409) or
   * `ERR_RELAY_TOO_MANY` (503).
   */
  createPush(request: RelayPushRequest): Promise<RelayPushInfo>;
  /** Ends a push of the API or a rule; a rule's stays away until its stream is over. Rejects with `ERR_RELAY_PUSH_UNKNOWN` (404) or `ERR_RELAY_PUSH_OWNED` (409: another plugin's). */
  endPush(id: string): Promise<void>;
}

/** Token of the service. */
export const relayService: ServiceToken<RelayService> = service<RelayService>('relay', () => import('@sluice/plugin-relay'));
