import { type ServiceToken, service } from '@sluice/core';

/** Times of one frame, as they came and as they were handed on. In ticks of the track's clock. */
export interface FrameTimes {
  readonly track: number;
  readonly clockRate: number;
  /** When it came, in monotonic ms. */
  readonly receivedAtMs: number;
  readonly dts: number;
  readonly pts: number;
  readonly outDts: number;
  readonly outPts: number;
  /** What was repaired: `jump`, `wrap`, `backward`, `zeroDelta`, `clock`, `frozen`, `samples`, `drift`, `skew` or `composition`. */
  readonly repair?: string;
}

/** What is known of a stream's times. */
export interface StreamTimes {
  readonly path: string;
  readonly policy: 'repair';
  /** Repairs of this publisher by kind. */
  readonly repairs: Readonly<Record<string, number>>;
  /** Newest frames, oldest first. */
  readonly frames: readonly FrameTimes[];
  /** Newest repaired frames, oldest first. */
  readonly repaired: readonly FrameTimes[];
}

/** Tells of the repair of timestamps. */
export interface TimestampsService {
  /** The times of a stream's publisher; `undefined` where there is none, or its policy is another than `repair`. */
  describe(path: string): StreamTimes | undefined;
}

/** Token of the service. */
export const timestampsService: ServiceToken<TimestampsService> = service<TimestampsService>('timestamps', () => import('@sluice/plugin-timestamps'));
