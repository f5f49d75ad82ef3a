import { type LinkTransport, type ServiceToken, service } from '@sluice/core';

/** What to look at, and for how long. */
export interface ProbeRequest {
  /** `rtmp[s]://`, `rtsp[s]://` or `http[s]://` (FLV), with user and password where they are needed. */
  readonly url: string;
  /** How long media is read, in seconds. Default 5. */
  readonly seconds?: number;
  /** Longest wait for the first media, in seconds. Default 10. */
  readonly timeoutSeconds?: number;
  readonly transport?: LinkTransport;
  /** Ends it early; what was seen until then is the answer. */
  readonly signal?: AbortSignal;
  /** Told how far it is. */
  readonly onProgress?: (step: 'connecting' | 'live') => void;
}

/** Times of a track that are not as they should be. */
export interface TimestampFaults {
  /** Frames whose decoding time is before that of the frame before. */
  readonly backwards: number;
  /** Frames with the decoding time of the frame before. */
  readonly repeated: number;
  /** Steps of more than three usual ones and 200 ms. */
  readonly gaps: number;
  readonly largestStepMs: number;
}

/** A track as it came. */
export interface ProbedTrack {
  readonly id: number;
  readonly kind: string;
  readonly codec: string;
  readonly profile?: string;
  readonly width?: number;
  readonly height?: number;
  /** Measured, frames per second; video only. */
  readonly fps?: number;
  /** As the stream itself says, where it does. */
  readonly declaredFps?: number;
  readonly sampleRate?: number;
  readonly channels?: number;
  readonly frames: number;
  readonly bytes: number;
  /** Bit/s of the coded data, over its own time. */
  readonly bitrate: number;
  /** Time from the first frame to the last, in milliseconds. */
  readonly spanMs: number;
  readonly keyFrames: number;
  /** From key frame to key frame, in milliseconds; video with two of them only. */
  readonly gopMs?: { readonly min: number; readonly mean: number; readonly max: number };
  /** Pictures are shown in another order than they are decoded; video only. */
  readonly reordered?: boolean;
  readonly timestamps: TimestampFaults;
  /** How often its parameters changed. */
  readonly parameterChanges: number;
}

/** What a stream contains. */
export interface ProbeReport {
  /** Without its secrets. */
  readonly url: string;
  /** Plugin of the client. */
  readonly protocol: string;
  /** `address:port` of the server. */
  readonly remote?: string;
  /** From the start to the first media, in milliseconds. */
  readonly connectMs: number;
  readonly readMs: number;
  /** Bytes of the wire. */
  readonly bytes: number;
  readonly tracks: readonly ProbedTrack[];
  /** Begin of the sound minus begin of the picture, in milliseconds, where there are both. */
  readonly audioStartsAfterMs?: number;
  /** What the input counted: `lost`, `beforeKey` … */
  readonly health: Readonly<Record<string, number>>;
  /** Why it ended before the time was over. */
  readonly ended?: { readonly code: string; readonly message: string };
  /** What is odd, for people. */
  readonly remarks: readonly string[];
}

/** Looks at streams of other servers. */
export interface ProbeService {
  /** Rejects with `ERR_PROBE_URL` (400), `ERR_PROBE_NOTHING` or the client's error where no media came. */
  probe(request: ProbeRequest): Promise<ProbeReport>;
}

/** Token of the service. */
export const probeService: ServiceToken<ProbeService> = service<ProbeService>('probe', () => import('@sluice/plugin-probe'));
