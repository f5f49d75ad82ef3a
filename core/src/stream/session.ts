import type { CloseReason } from './close-reason.js';

/** Publisher or viewer. */
export type SessionKind = 'publisher' | 'viewer';

/** A session as plain data, for the API, hooks and reports. Bytes are of the wire, times ISO 8601 UTC. */
export interface SessionInfo {
  /** Unique across processes. */
  readonly id: string;
  readonly kind: SessionKind;
  readonly stream: string;
  readonly protocol: string;
  readonly remote?: string;
  readonly userAgent?: string;
  /** Of the URL; the values of `token`, `sig`, `key` and `password` are `***`. */
  readonly query: Readonly<Record<string, string>>;
  readonly since: string;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** How far a viewer is behind the newest frame, in milliseconds. */
  readonly lagMs: number;
  /** Frames a viewer was not given because it was slow. */
  readonly drops: number;
}

/** A session that is over. */
export interface EndedSession extends SessionInfo {
  readonly durationMs: number;
  readonly reason: CloseReason;
}
