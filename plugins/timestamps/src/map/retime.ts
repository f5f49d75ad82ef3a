import type { Frame, Track } from '@sluice/core';

/** The frame at the times given, in ticks, and on `track`; the same object where it is there already. */
export function retime(frame: Frame, track: Track, dts: number, pts: number): Frame {
  return frame.dts === dts && frame.pts === pts && frame.track === track ? frame : { ...frame, track, dts, pts };
}

/** The track with samples of another rate than it said. What its decoder is told stays as it is. */
export function withSampleRate(track: Track, sampleRate: number): Track {
  return Object.freeze({ ...track, epoch: track.epoch + 1, info: { ...track.info, sampleRate } });
}
