import { checkStreamPath, SluiceError } from '@sluice/core';
import { failures, pathParams, withExamples } from '@sluice/plugin-api/service';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { TimestampsService } from '../service.js';

const ticks = z.number().describe('ticks of the clock');
const frameTimes = z.object({
  track: z.number(),
  clockRate: z.number(),
  receivedAtMs: z.number().describe('monotonic'),
  dts: ticks,
  pts: ticks,
  outDts: ticks,
  outPts: ticks,
  repair: z.string().optional(),
});
const streamTimes = withExamples(
  z.object({
    path: z.string(),
    policy: z.string(),
    repairs: z.record(z.string(), z.number()),
    frames: z.array(frameTimes),
    repaired: z.array(frameTimes),
  }),
  {
    path: 'live/cam1',
    policy: 'repair',
    repairs: { gap: 1 },
    frames: [{ track: 0, clockRate: 90_000, receivedAtMs: 14_423.7, dts: 540_000, pts: 540_000, outDts: 543_600, outPts: 543_600 }],
    repaired: [],
  },
).meta({ id: 'StreamTimes' });

/** `GET /timestamps/{path}`: the newest times of a stream, as they came and as they were handed on. */
export function addRoutes(plain: FastifyInstance, times: TimestampsService): void {
  const app = plain.withTypeProvider<ZodTypeProvider>();
  const schema = {
    operationId: 'getTimestamps',
    summary: 'Times of a stream as they came',
    tags: ['streams'],
    params: pathParams,
    response: {
      200: streamTimes,
      ...failures({
        ERR_STREAM_PATH: [400, 'not a stream path: one to eight parts of A-Z a-z 0-9 _ . ~ -'],
        ERR_STREAM_NOT_FOUND: [404, 'no publisher of live/none whose times are repaired'],
      }),
    },
  };
  app.get('/timestamps/*', { schema }, (request) => {
    const path = checkStreamPath(request.params['*']);
    const found = times.describe(path);
    if (found === undefined) throw new SluiceError('ERR_STREAM_NOT_FOUND', `no publisher of ${path} whose times are repaired`, { status: 404 });
    return found as never;
  });
}
