import { Buffer } from 'node:buffer';
import type { WireForm } from '@sluice/core';
import { serializeFrame } from './frame.js';
import { serializeTrack } from './track.js';

/** How a stream looks to viewers: the tracks, then the frames. Written once per stream, whatever the number of viewers. */
export const wireForm: WireForm = {
  name: '__name__',
  accepts: ({ kind }) => kind !== 'data',
  createMuxer: () => ({
    header: (tracks) => Buffer.concat(tracks.map(serializeTrack)),
    changed: (track, _dts, out) => out.append(serializeTrack(track)),
    mux: (frame, out) => out.append(serializeFrame(frame)),
  }),
};
