import { type IngestFilter, shiftFrame } from '@sluice/core';
import { RelativeTimes } from '../proto/relative-times.js';

/** The policy `relative`. */
export function relativeFilter(): IngestFilter {
  const times = new RelativeTimes();
  return { write: (frame) => shiftFrame(frame, times.offset(frame.dts, frame.track.clockRate)) };
}
