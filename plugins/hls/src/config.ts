import { isPathPattern } from '@sluice/core';
import { z } from 'zod';

const MIB = 1024 * 1024;

/** Options of the HLS output. */
export const hlsConfig = z.strictObject({
  segmentSeconds: z.number().min(0.5).max(60).default(2).describe('shortest segment; each ends at the first key frame after that'),
  playlistSegments: z.int().min(3).max(100).default(6).describe('segments that a playlist names'),
  keptSegments: z.int().min(1).max(100).default(4).describe('segments kept after they left the playlist, for players that are late'),
  maxSegmentBytes: z
    .int()
    .min(64 * 1024)
    .default(32 * MIB)
    .describe('a segment that grows beyond this is thrown away'),
  maxBytes: z
    .int()
    .min(64 * 1024)
    .default(128 * MIB)
    .describe('most bytes of segments kept per stream; the oldest go first'),
  storage: z.enum(['memory', 'disk']).default('memory').describe('where segments are kept; disk: below the data folder, emptied at each start'),
  firstSegmentSeconds: z.number().min(0).max(60).default(20).describe('how long the first playlist waits for its first segment'),
  sessionSeconds: z.number().min(1).max(3600).default(15).describe('a viewer without a request for so long, and three segments, is gone'),
  alwaysOn: z
    .array(z.string().refine(isPathPattern, 'expected a path pattern'))
    .default([])
    .describe('streams whose segments are made though nobody watches, as path patterns'),
});

/** The options, checked. */
export type HlsConfig = z.output<typeof hlsConfig>;
