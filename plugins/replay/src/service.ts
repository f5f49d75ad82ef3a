import { type ServiceToken, service } from '@sluice/core';

/** What to send again, and where to. */
export interface ReplayRequest {
  /** An RTP dump (`#!rtpplay1.0`). */
  readonly file: string;
  readonly host: string;
  readonly port: number;
  /** Over TCP each packet follows its length (RFC 4571). */
  readonly transport: 'udp' | 'tcp';
  /** 2 is twice as fast. Default 1. */
  readonly speed?: number;
  /** Written into every packet in place of its own: 32 bits. */
  readonly ssrc?: number;
  readonly signal?: AbortSignal;
}

/** What was sent. */
export interface ReplayResult {
  /** Packets, those of RTCP among them. */
  readonly packets: number;
  readonly bytes: number;
  /** Packets left out: the dump has not all of them. */
  readonly truncated: number;
  readonly durationMs: number;
}

/** Sends recorded RTP again. */
export interface ReplayService {
  /** Resolves at the end of the dump, or when aborted. Rejects with `ERR_REPLAY_…`, `ERR_RTP_DUMP` or `ERR_CONNECT`. */
  replay(request: ReplayRequest): Promise<ReplayResult>;
}

/** Token of the service. */
export const replayService: ServiceToken<ReplayService> = service<ReplayService>('replay', () => import('@sluice/plugin-replay'));
