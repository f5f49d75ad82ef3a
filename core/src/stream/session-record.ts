import { redactParameters } from '../kernel/redact.js';
import type { Peer } from './access.js';
import type { Admission } from './admission.js';
import type { CloseReason } from './close-reason.js';
import type { EndedSession, SessionInfo, SessionKind } from './session.js';

/** What a session sends, as it counts it itself. */
export interface Sender {
  readonly bytesOut: number;
}

/** The live counters of a session; `info` makes plain data of them. */
export class SessionRecord {
  readonly id: string;
  readonly kind: SessionKind;
  readonly stream: string;
  readonly peer: Partial<Peer>;
  readonly sinceMs: number;
  readonly admission: Admission | undefined;
  bytesIn = 0;
  sender: Sender | undefined;
  lagMs = 0;
  drops = 0;
  skips = 0;
  /** What the last traffic report told, and when (monotonic; since the first look where there was none). */
  reportedBytes = 0;
  reportedMs: number | undefined;

  constructor(id: string, kind: SessionKind, stream: string, peer: Partial<Peer>, sinceMs: number, admission?: Admission) {
    this.id = id;
    this.kind = kind;
    this.stream = stream;
    // A copy, as what a protocol asked with refers to more than is to be kept.
    const { protocol, remote, query, userAgent } = peer;
    this.peer = {
      ...(protocol === undefined ? {} : { protocol }),
      ...(remote === undefined ? {} : { remote }),
      ...(query === undefined ? {} : { query }),
      ...(userAgent === undefined ? {} : { userAgent }),
    };
    this.sinceMs = sinceMs;
    this.admission = admission;
  }

  get bytesOut(): number {
    return this.sender?.bytesOut ?? 0;
  }

  /** What it is about: what a viewer was sent, what a publisher sent. */
  get bytes(): number {
    return this.kind === 'viewer' ? this.bytesOut : this.bytesIn;
  }

  info(): SessionInfo {
    const { remote, userAgent } = this.peer;
    return {
      id: this.id,
      kind: this.kind,
      stream: this.stream,
      protocol: this.peer.protocol ?? 'internal',
      ...(remote === undefined ? {} : { remote }),
      ...(userAgent === undefined ? {} : { userAgent }),
      query: redactParameters(this.peer.query ?? {}),
      since: new Date(this.sinceMs).toISOString(),
      bytesIn: this.bytesIn,
      bytesOut: this.bytesOut,
      lagMs: this.lagMs,
      drops: this.drops,
    };
  }

  ended(reason: CloseReason, nowWallMs: number): EndedSession {
    return { ...this.info(), durationMs: Math.max(0, Math.round(nowWallMs - this.sinceMs)), reason };
  }
}
