import { z } from 'zod';

/** Options of snapshots. */
export const snapshotConfig = z.strictObject({
  ffmpeg: z.string().min(1).default('ffmpeg').describe('the ffmpeg program that decodes: a name in PATH, or a file'),
  concurrency: z.int().min(1).max(64).default(2).describe('most pictures that are decoded at a time'),
  maxWaiting: z.int().min(0).max(10_000).default(100).describe('most pictures that wait for their turn; more are refused (503)'),
  timeoutSeconds: z.number().min(0.1).max(60).default(5).describe('a decoder that takes longer is ended (504)'),
  keyFrameSeconds: z.number().min(0).max(60).default(5).describe('how long a request waits for a key frame where there is none yet'),
  cachedPictures: z.int().min(1).max(10_000).default(200).describe('pictures kept; each until the next key frame of its stream'),
});

/** The options, checked. */
export type SnapshotConfig = z.output<typeof snapshotConfig>;
