import { type BroughtBy, type ConfigByName, type LinkTransport, type ServiceToken, service } from '@sluice/core';
import type { rtmpClientService } from '@sluice/plugin-rtmp/service';
import type { relayConfig } from './config.js';

/**
 * How far a pull or push is. `idle`: there is nothing to do (the stream to push is not there; nobody asks for the stream to pull); `connecting`;
 * `live`: media flows; `retrying`: the last try failed and the next one is due; `failed`: no tries are left; `stopped`: closed.
 */
export type RelayState = 'idle' | 'connecting' | 'live' | 'retrying' | 'failed' | 'stopped';

/** How a pull or push is doing, as plain data. */
export interface RelayLinkInfo {
  readonly path: string;
  /** Without its secrets. */
  readonly url: string;
  readonly state: RelayState;
  /** Tries since it last ran well, the running one with them; 0 before the first. */
  readonly attempt: number;
  /** Why the last try ended; what the other server said is in its message. */
  readonly lastError?: { readonly code: string; readonly message: string };
  /** When it came into this state: ISO 8601 UTC. */
  readonly since: string;
  /** Bytes of the wire, of all tries. */
  readonly bytes: number;
}

/** Who wants a push: a caller of the API, a rule of `relay.pushes`, or another plugin. */
export type RelayPushOrigin = 'api' | 'rule' | 'plugin';

/** A push as plain data. */
export interface RelayPushInfo extends RelayLinkInfo {
  readonly id: string;
  readonly origin: RelayPushOrigin;
  /** Plugin of the client; `memory` where the target is a server of this process: frames are handed over and nothing is sent. */
  readonly via: string;
}

/** Who wants a pull: a caller of the API, `relay.pulls`, or a viewer by a rule of `relay.sources`. */
export type RelayPullOrigin = 'api' | 'config' | 'demand';

/** A pull as plain data. */
export interface RelayPullInfo extends RelayLinkInfo {
  readonly id: string;
  readonly origin: RelayPullOrigin;
  /** Plugin of the client. */
  readonly via: string;
}

/** What a pull and a push are asked for with. */
export interface RelayRequest {
  /** Path of the stream here. A stream to push may come later, go and come back. */
  readonly path: string;
  /** Where it is, or goes: `rtmp[s]://HOST[:PORT]/APP/NAME[?QUERY]`, `rtsp[s]://…`; to pull also `http[s]://….flv`. */
  readonly url: string;
  /** Tries after a failure before it gives up (`failed`). Default: no limit; 5 for a pull of the API. */
  readonly retries?: number;
  /** Wait before the second try. Default `relay.retryIntervalMs`. */
  readonly retryIntervalMs?: number;
  /** How media travels, where the protocol has a choice. Default `auto`. */
  readonly transport?: LinkTransport;
}

/** What to forward and where. */
export interface RelayPushRequest extends RelayRequest {
  /** Added to the URL's query, where it has not got these names. */
  readonly query?: Readonly<Record<string, string>>;
}

/** What to bring and from where. */
export interface RelayPullRequest extends RelayRequest {
  /** Ends the pull so long after the last viewer left; it is idle until the next one asks. Left out: it runs whether anybody watches or not. */
  readonly idleSeconds?: number;
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

/** Streams to and from other servers, and the guard of what callers of the API may name as targets. */
export interface RelayService {
  /** Whether a caller of the API may name this target of a push. Rejects with a URL's error (400), `ERR_RELAY_RESOLVE` (400) or `ERR_RELAY_TARGET` (403). */
  checkUrl(url: string): Promise<void>;
  /** The same for a host alone; answers the addresses that are allowed. */
  checkHost(host: string): Promise<readonly string[]>;
  /** Forwards a stream until closed: hands it over in memory where the target is our own server. Rejects where the URL is bad; everything else is a state. */
  push(options: RelayPushOptions): Promise<RelayPush>;
  /** All pushes, whoever wanted them. */
  pushes(): readonly RelayPushInfo[];
  /** One of them. Throws `ERR_RELAY_PUSH_UNKNOWN` (404). */
  describePush(id: string): RelayPushInfo;
  /**
   * A push for a caller of the API, until `endPush`; a restart of the process does not end it. Rejects as `checkUrl` does, and with `ERR_STREAM_PATH` (400),
   * `ERR_RELAY_PUSH_EXISTS` (409) or `ERR_RELAY_TOO_MANY` (503).
   */
  createPush(request: RelayPushRequest): Promise<RelayPushInfo>;
  /** Ends a push of the API or a rule; a rule's stays away until its stream is over. Rejects with `ERR_RELAY_PUSH_UNKNOWN` (404) or `ERR_RELAY_PUSH_OWNED` (409: another plugin's). */
  endPush(id: string): Promise<void>;
  /** All pulls, whoever wanted them. */
  pulls(): readonly RelayPullInfo[];
  /** One of them. Throws `ERR_RELAY_PULL_UNKNOWN` (404). */
  describePull(id: string): RelayPullInfo;
  /**
   * A pull for a caller of the API, until `endPull`; a restart of the process does not end it. Rejects as `checkUrl` does, and with `ERR_STREAM_PATH` (400),
   * `ERR_RELAY_PULL_EXISTS` (409) or `ERR_RELAY_TOO_MANY` (503).
   */
  createPull(request: RelayPullRequest): Promise<RelayPullInfo>;
  /** Ends a pull and the stream it brings; one of `relay.pulls` stays away until the next start. Rejects with `ERR_RELAY_PULL_UNKNOWN` (404). */
  endPull(id: string): Promise<void>;
}

/** Token of the service. */
export const relayService: ServiceToken<RelayService, ConfigByName<'relay', typeof relayConfig> & BroughtBy<readonly [typeof rtmpClientService]>> =
  service<RelayService>('relay', () => import('@sluice/plugin-relay'));
