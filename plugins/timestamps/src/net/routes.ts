import { checkStreamPath, SluiceError } from '@sluice/core';
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { TimestampsService } from '../service.js';

const pathParams = z.object({ '*': z.string().min(1) });
const errorBody = z.object({ error: z.object({ code: z.string(), message: z.string() }) });
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
const streamTimes = z.object({
  path: z.string(),
  policy: z.string(),
  repairs: z.record(z.string(), z.number()),
  frames: z.array(frameTimes),
  repaired: z.array(frameTimes),
});

/** `GET /timestamps/{path}`: the newest times of a stream, as they came and as they were handed on. */
export function addRoutes(plain: FastifyInstance, times: TimestampsService): void {
  const app = plain.withTypeProvider<ZodTypeProvider>();
  const schema = { summary: 'Times of a stream as they came', tags: ['streams'], params: pathParams, response: { 200: streamTimes, 404: errorBody } };
  app.get('/timestamps/*', { schema }, (request) => {
    const path = checkStreamPath(request.params['*']);
    const found = times.describe(path);
    if (found === undefined) throw new SluiceError('ERR_STREAM_NOT_FOUND', `no publisher of ${path} whose times are repaired`, { status: 404 });
    return found as never;
  });
}
