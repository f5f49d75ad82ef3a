import type { Track } from './track.js';

/** One coded picture or audio access unit. Immutable; shared by everybody who wants it. */
export interface Frame {
  readonly track: Track;
  /** Decoding time in ticks of `track.clockRate`, unwrapped. */
  readonly dts: number;
  /** Presentation time in ticks of `track.clockRate`, unwrapped. */
  readonly pts: number;
  /** True where a decoder can start. Every audio access unit is one. */
  readonly key: boolean;
  /** Sum of the lengths of `units`, in bytes. */
  readonly size: number;
  /** The coded data without any framing: NAL units, or exactly one audio access unit. Views; do not write to them. */
  readonly units: readonly Buffer[];
  /** Capture time in milliseconds since 1970, where the source said it. */
  readonly wallClockMs?: number;
}

/** Makes a frame; `size` is summed here, once. */
export function createFrame(track: Track, dts: number, pts: number, key: boolean, units: readonly Buffer[], wallClockMs?: number): Frame {
  let size = 0;
  for (const unit of units) size += unit.length;
  return wallClockMs === undefined ? { track, dts, pts, key, size, units } : { track, dts, pts, key, size, units, wallClockMs };
}

/** The same coded data at another time, for whoever moves a source onto another time line. Ticks of the track's clock. */
export function shiftFrame(frame: Frame, ticks: number): Frame {
  return ticks === 0 ? frame : { ...frame, dts: frame.dts + ticks, pts: frame.pts + ticks };
}
