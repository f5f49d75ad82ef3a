import type { PluginContext } from '@sluice/core';
import { z } from 'zod';
import { pageOf } from '../proto/page.js';
import type { ApiApp } from './app-types.js';
import {
  channelChoice,
  channelFailures,
  channelParams,
  deviceFailures,
  deviceOf,
  findGb28181,
  mediaFailures,
  mediaOptions,
  noGb28181,
  playbackParams,
} from './gb28181-common.js';
import { playbackBody, recordBody } from './gb28181-schemas.js';
import { failures, noBody, pageBody, pageQuery, withExamples, zonedTime } from './schemas.js';

const speed = z.number().min(-32).max(32).describe('times as fast as it was recorded; negative plays backwards where the device can');
const PERIOD = { start: '2026-05-04T00:00:00Z', end: '2026-05-04T09:00:00+08:00' };

const recordsQuery = pageQuery.extend({
  ...channelChoice.shape,
  start: zonedTime.meta({ examples: [PERIOD.start] }),
  end: zonedTime.meta({ examples: [PERIOD.end] }),
});
const recordsAnswer = pageBody(recordBody).extend({
  expected: z.number().describe('how many the device said there are'),
  complete: z.boolean().describe('false where pages of the device stayed out'),
});
const recordsExample = { name: 'Gate 3 north', start: '2026-05-04T00:00:00.000Z', end: '2026-05-04T01:00:00.000Z', type: 'time', secret: false };
const startBody = withExamples(
  z.strictObject({
    start: zonedTime,
    end: zonedTime,
    speed: speed.exactOptional(),
    kind: z.enum(['playback', 'download']).exactOptional().describe('download: as a file, as fast as `speed` says'),
    ...mediaOptions,
  }),
  { ...PERIOD, speed: 1 },
  { ...PERIOD, kind: 'download', speed: 4 },
);
const seekBody = withExamples(z.strictObject({ positionSeconds: z.number().min(0).describe('from `start`') }), { positionSeconds: 90 });
const speedBody = withExamples(z.strictObject({ speed }), { speed: 2 });
const tags = ['gb28181'];
const unknown = { ...noGb28181, ERR_GB28181_PLAYBACK_UNKNOWN: [404, 'no playback 01JX6D2QK9'] } as const;
const wrongPeriod = { ERR_GB28181_RANGE: [400, 'the end is not after the start'] } as const;

/** Recordings on devices: `…/records`, `…/playback`, `/gb28181/playbacks/…`. */
export function addPlaybackRoutes(app: ApiApp, ctx: PluginContext): void {
  const plugin = () => findGb28181(ctx);
  const records = {
    operationId: 'listRecords',
    summary: 'Recordings of a channel, asked of the device',
    tags,
    params: channelParams,
    querystring: recordsQuery,
    response: {
      200: withExamples(recordsAnswer, { items: [recordsExample], expected: 1, complete: true }),
      ...failures({ ...wrongPeriod, ...channelFailures }),
    },
  };
  app.get('/gb28181/channels/:id/records', { schema: records }, async (request) => {
    const { start, end, limit, cursor } = request.query;
    const { items, expected, complete } = await plugin().records(request.params.id, { start, end }, deviceOf(request.query));
    const key = (record: (typeof items)[number]) => `${record.start} ${record.end} ${record.filePath ?? ''} ${record.type} ${record.stream ?? ''}`;
    return { ...pageOf(items, key, limit, cursor), expected, complete } as never;
  });
  const start = {
    operationId: 'createPlayback',
    summary: 'Plays a recording as a stream',
    tags,
    params: channelParams,
    querystring: channelChoice,
    body: startBody,
    response: { 201: playbackBody, ...failures({ ...wrongPeriod, ...channelFailures, ...mediaFailures }) },
  };
  app.post('/gb28181/channels/:id/playback', { schema: start }, async (request, reply) => {
    const info = await plugin().playback(request.params.id, { ...deviceOf(request.query), ...request.body });
    return reply.code(201).send(info as never) as never;
  });
  const one = { operationId: 'getPlayback', summary: 'One playback', tags, params: playbackParams, response: { 200: playbackBody, ...failures(unknown) } };
  app.get('/gb28181/playbacks/:id', { schema: one }, (request) => plugin().playbackInfo(request.params.id) as never);
  const end = { operationId: 'endPlayback', summary: 'Ends a playback', tags, params: playbackParams, response: { 204: noBody, ...failures(unknown) } };
  app.delete('/gb28181/playbacks/:id', { schema: end }, async (request, reply) => {
    await plugin().endPlayback(request.params.id);
    return reply.code(204).send() as never;
  });
  addOrderRoutes(app, ctx);
}

/** What a running playback can be told. */
function addOrderRoutes(app: ApiApp, ctx: PluginContext): void {
  const plugin = () => findGb28181(ctx);
  const response = { 200: playbackBody, ...failures({ ...unknown, ERR_GB28181_PLAYBACK_ENDED: [409, 'it is over'], ...deviceFailures }) };
  const schema = (operationId: string, summary: string) => ({ operationId, summary, tags, params: playbackParams, response });
  app.post(
    '/gb28181/playbacks/:id/pause',
    { schema: schema('pausePlayback', 'Pauses a playback; its stream is held') },
    (request) => plugin().pausePlayback(request.params.id) as Promise<never>,
  );
  app.post(
    '/gb28181/playbacks/:id/resume',
    { schema: schema('resumePlayback', 'Goes on with a paused playback') },
    (request) => plugin().resumePlayback(request.params.id) as Promise<never>,
  );
  app.post(
    '/gb28181/playbacks/:id/seek',
    { schema: { ...schema('seekPlayback', 'Goes on from another position'), body: seekBody } },
    (request) => plugin().seekPlayback(request.params.id, request.body.positionSeconds) as Promise<never>,
  );
  app.post(
    '/gb28181/playbacks/:id/speed',
    { schema: { ...schema('speedPlayback', 'Plays at another speed'), body: speedBody } },
    (request) => plugin().speedPlayback(request.params.id, request.body.speed) as Promise<never>,
  );
}
