import { isPathPattern } from '@sluice/core';
import { z } from 'zod';

const policy = z.enum(['repair', 'relative', 'keep']);
const milliseconds = (max: number) => z.number().min(10).max(max);

const rule = z.strictObject({
  match: z
    .string()
    .refine(isPathPattern, 'must be a stream path, with * and ** as wildcards')
    .describe('Paths of streams: * is any part of a name, ** any names'),
  policy: policy.describe('The policy of these'),
});

/** `timestamps.*` */
export const timestampsConfig = z.strictObject({
  policy: policy.default('repair').describe('repair: what is wrong is put right; relative: each publisher begins at zero, nothing else; keep: as they come'),
  rules: z.array(rule).default([]).describe('Policies of some streams; the first match counts'),
  maxForwardMs: milliseconds(3_600_000)
    .default(1000)
    .describe('A step forth of more than this, while no such time passed, is a jump; a quarter of it where the other track shows that no such time passed'),
  maxBackwardMs: milliseconds(3_600_000).default(500).describe('A step back of more than this is a jump at once; a smaller one is first waited out'),
  audioToleranceMs: milliseconds(1000).default(60).describe('Sound may be this far from its sample count'),
  maxDriftMs: milliseconds(10_000).default(60).describe('Sound may move this far away from the picture, against where it was'),
  keptTimes: z.int().min(0).max(10_000).default(64).describe('Newest frames, and newest repairs, of a stream whose times are kept as they came, for diagnosis'),
});

/** The config as the plugin uses it. */
export type TimestampsConfig = z.output<typeof timestampsConfig>;
