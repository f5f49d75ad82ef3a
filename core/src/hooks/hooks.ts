import { AsyncSeriesBailHook, AsyncSeriesHook, AsyncSeriesWaterfallHook, SyncHook } from 'tapable';
import type { AccessRequest, Verdict } from '../stream/access.js';
import type { CloseReason } from '../stream/close-reason.js';
import type { StreamInfo } from '../stream/types.js';
import type { ReportEvent } from './events.js';
import type { LogEntry } from './log-lines.js';

/** Somebody asked for a stream that is not there. */
export interface DemandRequest {
  readonly path: string;
  /** Fires when nobody waits any more. */
  readonly signal: AbortSignal;
}

/** How a demand ended: with a publisher on its way or there, or with the reason why not. `status` as in HTTP. */
export type DemandVerdict = { readonly served: true } | { readonly served: false; readonly status: number; readonly code: string; readonly message: string };

/** A stream that came by demand has no viewers any more. */
export interface IdleRequest {
  readonly path: string;
  readonly idleSeconds: number;
}

/** What to do with it. */
export type IdleVerdict = 'end' | 'keep';

/** Why the process goes: `upgrade` keeps dialogs and leases for the next process. */
export interface ShutdownRequest {
  readonly kind: 'stop' | 'upgrade';
  /** Time left until connections are cut, in milliseconds. */
  readonly deadlineMs: number;
}

/**
 * Every hook point of the engine. The kind follows the meaning: decisions bail at the first answer, rewrites are waterfalls,
 * phases wait for all, news is told. Per-frame delivery is no hook.
 */
export interface EngineHooks {
  /** May this peer do this? The first verdict counts; without one it is allowed. */
  readonly authorize: AsyncSeriesBailHook<[AccessRequest], Verdict>;
  /** Bring a stream that is missing. The tap that can answers when the publisher is on its way, or why it is not. */
  readonly demand: AsyncSeriesBailHook<[DemandRequest], DemandVerdict>;
  /** A stream without viewers: end it or keep it? Without an answer it ends if it came by demand. */
  readonly idle: AsyncSeriesBailHook<[IdleRequest], IdleVerdict>;
  /** Rewrites the path that was asked for. */
  readonly resolvePath: AsyncSeriesWaterfallHook<[string, AccessRequest]>;
  /** Everything is set up and listening. */
  readonly ready: AsyncSeriesHook<[]>;
  /** The process goes; end what must be ended properly. */
  readonly shutdown: AsyncSeriesHook<[ShutdownRequest]>;
  /** A publisher came on. */
  readonly published: SyncHook<[StreamInfo]>;
  /** The tracks of a stream are known, or changed. */
  readonly tracksReady: SyncHook<[StreamInfo]>;
  /** A stream is over. */
  readonly closed: SyncHook<[string, CloseReason]>;
  /** Any report event. */
  readonly report: SyncHook<[ReportEvent]>;
  /** A line about a stream was logged. What handlers log themselves is not told. */
  readonly logged: SyncHook<[LogEntry]>;
}

/** Makes the hooks of one engine. */
export function createHooks(): EngineHooks {
  return {
    authorize: new AsyncSeriesBailHook(['request']),
    demand: new AsyncSeriesBailHook(['request']),
    idle: new AsyncSeriesBailHook(['request']),
    resolvePath: new AsyncSeriesWaterfallHook(['path', 'request']),
    ready: new AsyncSeriesHook([]),
    shutdown: new AsyncSeriesHook(['request']),
    published: new SyncHook(['stream']),
    tracksReady: new SyncHook(['stream']),
    closed: new SyncHook(['path', 'reason']),
    report: new SyncHook(['event']),
    logged: new SyncHook(['entry']),
  };
}

type Tap<Args extends unknown[], R> = (handler: (...args: Args) => R, options?: TapOptions) => void;

/** Order of a tap among the others: lower stages first, default 0. */
export interface TapOptions {
  readonly stage?: number;
}

/** What a plugin sees of the hooks: it can tap, nothing else. Its taps end with it. Nobody waits for what is done about news. */
export interface HookTaps {
  readonly authorize: Tap<[AccessRequest], Promise<Verdict | undefined> | Verdict | undefined>;
  readonly demand: Tap<[DemandRequest], Promise<DemandVerdict | undefined> | DemandVerdict | undefined>;
  readonly idle: Tap<[IdleRequest], Promise<IdleVerdict | undefined> | IdleVerdict | undefined>;
  readonly resolvePath: Tap<[string, AccessRequest], Promise<string> | string>;
  readonly ready: Tap<[], Promise<void> | void>;
  readonly shutdown: Tap<[ShutdownRequest], Promise<void> | void>;
  readonly published: Tap<[StreamInfo], Promise<void> | void>;
  readonly tracksReady: Tap<[StreamInfo], Promise<void> | void>;
  readonly closed: Tap<[string, CloseReason], Promise<void> | void>;
  readonly report: Tap<[ReportEvent], Promise<void> | void>;
  readonly logged: Tap<[LogEntry], Promise<void> | void>;
}
