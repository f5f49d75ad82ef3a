import type { PluginContext } from '@sluice/core';
import { z } from 'zod';
import { pageOf } from '../proto/page.js';
import type { ApiApp } from './app-types.js';
import { channelChoice, deviceOf, findGb28181, idParams } from './gb28181-common.js';
import { errorBody, noBody, pageBody, pageQuery } from './schemas.js';

const time = z.iso.datetime({ offset: true }).describe('ISO 8601 with a zone');
const speed = z.number().min(-32).max(32).describe('times as fast as it was recorded; negative plays backwards where the device can');

const recordsQuery = pageQuery.extend({ ...channelChoice.shape, start: time, end: time });
const recordBody = z.object({
  name: z.string(),
  start: z.string(),
  end: z.string(),
  type: z.string(),
  filePath: z.string().optional(),
  address: z.string().optional(),
  recorderId: z.string().optional(),
  secret: z.boolean(),
  fileSizeBytes: z.number().optional(),
  stream: z.number().optional(),
});
const recordsAnswer = pageBody(recordBody).extend({
  expected: z.number().describe('how many the device said there are'),
  complete: z.boolean().describe('false where pages of the device stayed out'),
});
const startBody = z.strictObject({
  start: time,
  end: time,
  speed: speed.exactOptional(),
  kind: z.enum(['playback', 'download']).exactOptional().describe('download: as a file, as fast as `speed` says'),
  transport: z.enum(['udp', 'tcp-passive', 'tcp-active']).exactOptional().describe('how the device shall send'),
  port: z.enum(['single', 'range']).exactOptional().describe('the shared port, or one of its own'),
  stream: z.int().min(0).max(15).exactOptional().describe('which stream of the channel: 0 main, 1 sub'),
});
const playbackBody = z
  .object({
    id: z.string(),
    path: z.string().describe('path of the stream'),
    state: z.enum(['connecting', 'playing', 'paused', 'ended']),
    positionSeconds: z.number().describe('from `start`'),
    speed: z.number(),
    deviceId: z.string(),
    channelId: z.string(),
    kind: z.enum(['playback', 'download']),
    start: z.string(),
    end: z.string(),
    fileSizeBytes: z.number().optional(),
    reason: z.string().optional().describe('why it ended; `finished`: the device sent all of it'),
  })
  .meta({ id: 'Playback' });
const tags = ['gb28181'];
const failures = { 404: errorBody, 409: errorBody, 502: errorBody, 504: errorBody };

/** Recordings on devices: `…/records`, `…/playback`, `/gb28181/playbacks/…`. */
export function addPlaybackRoutes(app: ApiApp, ctx: PluginContext): void {
  const plugin = () => findGb28181(ctx);
  app.get(
    '/gb28181/channels/:id/records',
    {
      schema: {
        summary: 'Recordings of a channel, asked of the device',
        tags,
        params: idParams,
        querystring: recordsQuery,
        response: { 200: recordsAnswer, ...failures },
      },
    },
    async (request) => {
      const { start, end, limit, cursor } = request.query;
      const { items, expected, complete } = await plugin().records(request.params.id, { start, end }, deviceOf(request.query));
      const key = (record: (typeof items)[number]) => `${record.start} ${record.end} ${record.filePath ?? ''} ${record.type} ${record.stream ?? ''}`;
      return { ...pageOf(items, key, limit, cursor), expected, complete } as never;
    },
  );
  app.post(
    '/gb28181/channels/:id/playback',
    {
      schema: {
        summary: 'Plays a recording as a stream',
        tags,
        params: idParams,
        querystring: channelChoice,
        body: startBody,
        response: { 201: playbackBody, ...failures },
      },
    },
    async (request, reply) => {
      const info = await plugin().playback(request.params.id, { ...deviceOf(request.query), ...request.body });
      return reply.code(201).send(info as never) as never;
    },
  );
  app.get(
    '/gb28181/playbacks/:id',
    { schema: { summary: 'One playback', tags, params: idParams, response: { 200: playbackBody, 404: errorBody } } },
    (request) => {
      return plugin().playbackInfo(request.params.id) as never;
    },
  );
  app.delete(
    '/gb28181/playbacks/:id',
    { schema: { summary: 'Ends a playback', tags, params: idParams, response: { 204: noBody, 404: errorBody } } },
    async (request, reply) => {
      await plugin().endPlayback(request.params.id);
      return reply.code(204).send() as never;
    },
  );
  addOrderRoutes(app, ctx);
}

/** What a running playback can be told. */
function addOrderRoutes(app: ApiApp, ctx: PluginContext): void {
  const plugin = () => findGb28181(ctx);
  const schema = (summary: string) => ({ summary, tags, params: idParams, response: { 200: playbackBody, ...failures } });
  app.post(
    '/gb28181/playbacks/:id/pause',
    { schema: schema('Pauses a playback; its stream is held') },
    (request) => plugin().pausePlayback(request.params.id) as Promise<never>,
  );
  app.post(
    '/gb28181/playbacks/:id/resume',
    { schema: schema('Goes on with a paused playback') },
    (request) => plugin().resumePlayback(request.params.id) as Promise<never>,
  );
  const seekBody = z.strictObject({ positionSeconds: z.number().min(0).describe('from `start`') });
  app.post(
    '/gb28181/playbacks/:id/seek',
    { schema: { ...schema('Goes on from another position'), body: seekBody } },
    (request) => plugin().seekPlayback(request.params.id, request.body.positionSeconds) as Promise<never>,
  );
  app.post(
    '/gb28181/playbacks/:id/speed',
    { schema: { ...schema('Plays at another speed'), body: z.strictObject({ speed }) } },
    (request) => plugin().speedPlayback(request.params.id, request.body.speed) as Promise<never>,
  );
}
