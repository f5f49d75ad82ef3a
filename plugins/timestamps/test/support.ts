import type { FixKind } from '../src/proto/fixes.js';
import type { RepairLimits } from '../src/proto/limits.js';
import { TimestampRepair } from '../src/proto/repair.js';

export const LIMITS: RepairLimits = { forwardMs: 1000, backwardMs: 500, toleranceMs: 60, driftMs: 60 };

/** A frame of a made-up stream: where it truly is, when it comes, and the times it says. */
export interface Sent {
  readonly kind: 'video' | 'audio';
  readonly clockRate: number;
  readonly trueMs: number;
  readonly atMs: number;
  readonly dts: number;
  readonly pts: number;
  /** By its samples, NaN for pictures. */
  readonly durationMs: number;
}

/** The same frame after the repair. */
export interface Placed extends Sent {
  readonly outMs: number;
  readonly out: number;
  readonly outPts: number;
  readonly fix: FixKind | undefined;
  readonly rateFactor: number;
}

export interface TrackPlan {
  readonly kind: 'video' | 'audio';
  readonly clockRate?: number;
  /** True time between frames, in ms. */
  readonly stepMs: number;
  /** How long a frame lasts as its track says; the true step by default. */
  readonly declaredMs?: number;
  /** The time that frame `index` says, in ms; the true one by default. */
  readonly says?: (trueMs: number, index: number) => number;
  /** Frames that are not sent. */
  readonly missing?: (trueMs: number, index: number) => boolean;
  /** How much later than its time a frame comes. */
  readonly lateMs?: (trueMs: number, index: number) => number;
  readonly compositionMs?: (index: number) => number;
}

export const video: TrackPlan = { kind: 'video', stepMs: 40 };
/** AAC at 44,100 Hz. */
export const aac: TrackPlan = { kind: 'audio', stepMs: (1024 * 1000) / 44_100 };
/** G.711, 20 ms a frame. */
export const g711: TrackPlan = { kind: 'audio', stepMs: 20 };

/** What is sent of the tracks in `seconds`, in the order of arrival. */
export function plan(tracks: readonly TrackPlan[], seconds: number, baseMs = 0): Sent[] {
  const sent: Sent[] = [];
  for (const track of tracks) {
    const clockRate = track.clockRate ?? 90_000;
    let atMs = Number.NEGATIVE_INFINITY;
    for (let index = 0; index * track.stepMs < seconds * 1000; index++) {
      const trueMs = index * track.stepMs;
      if (track.missing?.(trueMs, index) === true) continue;
      const dts = Math.round((((track.says?.(trueMs, index) ?? trueMs) + baseMs) * clockRate) / 1000);
      const pts = dts + Math.round(((track.compositionMs?.(index) ?? 0) * clockRate) / 1000);
      const durationMs = track.kind === 'audio' ? (track.declaredMs ?? track.stepMs) : Number.NaN;
      // A connection keeps the order.
      atMs = Math.max(atMs, trueMs + (track.lateMs?.(trueMs, index) ?? 0));
      sent.push({ kind: track.kind, clockRate, trueMs, atMs, dts, pts, durationMs });
    }
  }
  return sent.sort((a, b) => a.atMs - b.atMs || a.trueMs - b.trueMs);
}

export function repair(frames: readonly Sent[], limits = LIMITS): Placed[] {
  const repairing = new TimestampRepair(limits);
  return frames.map((frame) => {
    const id = frame.kind === 'video' ? 0 : 1;
    const lane = repairing.place(id, frame.kind, frame.clockRate, frame.dts, frame.pts, frame.durationMs, frame.atMs);
    return { ...frame, out: lane.out, outMs: lane.outMs, outPts: lane.pts, fix: lane.fix, rateFactor: lane.rateFactor };
  });
}

/** Frames whose decoding time, in the milliseconds that FLV has, is not after the one before. */
export function notIncreasing(placed: readonly Placed[]): Placed[] {
  return (['video', 'audio'] as const).flatMap((kind) => {
    const track = placed.filter((frame) => frame.kind === kind);
    return track.filter((frame, index) => index > 0 && Math.floor(frame.outMs + 0.5) <= Math.floor((track[index - 1] as Placed).outMs + 0.5));
  });
}

/** Distance of the sound from the picture it belongs to, in ms, at each sound from `fromMs` on. */
export function skews(placed: readonly Placed[], fromMs = 2000): number[] {
  const pictures = placed.filter(({ kind }) => kind === 'video').sort((a, b) => a.trueMs - b.trueMs);
  const result: number[] = [];
  let at = 0;
  for (const frame of placed) {
    if (frame.kind !== 'audio' || frame.trueMs < fromMs) continue;
    while (at + 1 < pictures.length && (pictures[at + 1] as Placed).trueMs <= frame.trueMs) at++;
    const picture = pictures[at] as Placed;
    result.push(frame.outMs - frame.trueMs - (picture.outMs - picture.trueMs));
  }
  return result;
}

export const largest = (values: readonly number[]): number => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

export function fixes(placed: readonly Placed[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { fix } of placed) if (fix !== undefined) counts[fix] = (counts[fix] ?? 0) + 1;
  return counts;
}

/** What became of the skew, in ms, over a long time of two tracks without jitter. */
export interface LongRun {
  readonly largestMs: number;
  readonly endMs: number;
  readonly notIncreasing: number;
  readonly repaired: number;
}

/** A picture track and a sound track for so many seconds, without keeping frames. The first three seconds are left out of `largestMs`. */
export function longRun([picture, sound]: readonly [TrackPlan, TrackPlan], seconds: number, limits = LIMITS): LongRun {
  const repairing = new TimestampRepair(limits);
  const offMs = [0, 0];
  const last = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const index = [0, 0];
  const untimed = Number.NaN;
  let largestMs = 0;
  let bad = 0;
  let repaired = 0;
  for (;;) {
    const id = (index[0] as number) * picture.stepMs <= (index[1] as number) * sound.stepMs ? 0 : 1;
    const track = id === 0 ? picture : sound;
    const nowMs = (index[id] as number) * track.stepMs;
    if (nowMs > seconds * 1000) break;
    const dts = Math.round((track.says?.(nowMs, index[id] as number) ?? nowMs) * 90);
    const lane = repairing.place(id, track.kind, 90_000, dts, dts, id === 0 ? untimed : (track.declaredMs ?? track.stepMs), nowMs);
    if (lane.out - (last[id] as number) < 90) bad++;
    if (lane.fix !== undefined) repaired++;
    last[id] = lane.out;
    offMs[id] = lane.outMs - nowMs;
    index[id] = (index[id] as number) + 1;
    if (nowMs > 3000) largestMs = Math.max(largestMs, Math.abs((offMs[1] as number) - (offMs[0] as number)));
  }
  return { largestMs, endMs: (offMs[1] as number) - (offMs[0] as number), notIncreasing: bad, repaired };
}
