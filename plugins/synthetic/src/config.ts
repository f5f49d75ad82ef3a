import { isStreamPath } from '@sluice/core';
import { z } from 'zod';

const camera = z.strictObject({
  path: z
    .string()
    .refine((path) => isStreamPath(path), { error: 'expected a stream path such as live/demo' })
    .describe('Path of the stream.'),
  width: z.int().min(320).max(1920).multipleOf(2).default(640).describe('Width of the picture in pixels, even.'),
  height: z.int().min(180).max(1080).multipleOf(2).default(360).describe('Height of the picture in pixels, even.'),
  fps: z.int().min(1).max(60).default(25).describe('Pictures per second.'),
  audio: z.boolean().default(true).describe('Adds a track with a beep of 200 ms at the start of every second.'),
});

/** What one synthetic camera shows. */
export type CameraConfig = z.output<typeof camera>;

/** Config of the plugin. */
export const config = z.strictObject({
  streams: z
    .array(camera)
    .max(64)
    .refine((streams) => new Set(streams.map(({ path }) => path)).size === streams.length, { error: 'a path may be there only once' })
    .default([])
    .describe('The synthetic cameras: test pictures with the wall clock, published as long as the process runs.'),
});
