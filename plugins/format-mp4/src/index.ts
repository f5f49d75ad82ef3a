export type { Mp4ErrorCode } from './errors.js';
export { createInitSegment, mp4Supports, mp4TrackId } from './init-segment.js';
export { createMediaSegment, type MediaSegment } from './media-segment.js';
export { type Mp4Movie, type Mp4Options, type Mp4Reader, openMp4 } from './movie.js';
export type { Mp4Limits, Mp4Source } from './source.js';
export type { SkippedTrack } from './track.js';
