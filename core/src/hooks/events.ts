import type { CloseReason } from '../stream/close-reason.js';
import type { EndedSession, SessionInfo } from '../stream/session.js';
import type { StreamInfo, StreamTrackInfo } from '../stream/types.js';

/**
 * Report events by type. Plugins add theirs by declaration merging:
 * `declare module '@sluice/core' { interface ReportEvents { 'thing.happened': { path?: string; … } } }`.
 */
export interface ReportEvents {
  'server.started': { readonly version: string; readonly preset?: string };
  'server.stopping': { readonly reason: string };
  'stream.published': { readonly path: string; readonly publisher: StreamInfo['publisher'] };
  'stream.tracks': { readonly path: string; readonly tracks: readonly StreamTrackInfo[] };
  'stream.lingering': { readonly path: string; readonly reason: CloseReason };
  'stream.closed': { readonly path: string; readonly reason: CloseReason };
  'session.started': { readonly path: string; readonly session: SessionInfo };
  /** Every `engine.trafficSeconds` of a session, and when it ends, before `session.ended`. */
  'traffic.report': TrafficReport;
  'session.ended': { readonly path: string; readonly session: EndedSession; readonly bytes: number; readonly durationMs: number; readonly reason: CloseReason };
}

/** What a session sent or received (a viewer, a publisher), in bytes of the wire. */
export interface TrafficReport {
  readonly path: string;
  readonly session: SessionInfo;
  /** Since the report before. */
  readonly bytesDelta: number;
  readonly bytesTotal: number;
  /** True on the last one, when the session is over. */
  readonly final: boolean;
}

/** The types of report events. */
export type ReportType = keyof ReportEvents & string;

/** One report event. `seq` counts per path (or per type where there is no path); across restarts where a plugin remembers (`eventMemory`). */
export interface ReportEvent<T extends ReportType = ReportType> {
  readonly id: string;
  readonly type: T;
  /** ISO 8601 UTC. */
  readonly timestamp: string;
  readonly seq: number;
  readonly data: ReportEvents[T];
}
