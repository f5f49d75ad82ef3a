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
  deviceParams,
  findGb28181,
  mediaFailures,
  mediaOptions,
  noDevice,
  noGb28181,
} from './gb28181-common.js';
import { addPlaybackRoutes } from './gb28181-playback-routes.js';
import { channelBody, deviceBody } from './gb28181-schemas.js';
import { failures, noBody, pageBody, pageQuery, withExamples } from './schemas.js';

const playBody = withExamples(z.strictObject(mediaOptions).nullish(), { transport: 'tcp-passive', port: 'range' });
const playAnswer = withExamples(z.object({ path: z.string(), state: z.literal('live') }), { path: 'gb/34020000001310000001', state: 'live' });
const catalogAnswer = withExamples(
  z.object({ channels: z.number(), expected: z.number().describe('how many the device said there are'), complete: z.boolean() }),
  { channels: 16, expected: 16, complete: true },
);
const tags = ['gb28181'];

const direction = z.number().min(-1).max(1);
const ptzBody = withExamples(
  z.strictObject({
    pan: direction.default(0).describe('right is positive'),
    tilt: direction.default(0).describe('up is positive'),
    zoom: direction.default(0).describe('in is positive'),
  }),
  { pan: 0.5, tilt: -0.25, zoom: 0 },
  { pan: 0, tilt: 0, zoom: 0 },
);

/** `/gb28181/…`. The plugin is looked for at each request: 404 `ERR_NOT_AVAILABLE` where it is not loaded. */
export function addGb28181Routes(app: ApiApp, ctx: PluginContext): void {
  addDeviceRoutes(app, ctx);
  addChannelRoutes(app, ctx);
  addPlaybackRoutes(app, ctx);
}

function addDeviceRoutes(app: ApiApp, ctx: PluginContext): void {
  const plugin = () => findGb28181(ctx);
  const devices = {
    operationId: 'listDevices',
    summary: 'Devices',
    tags,
    querystring: pageQuery,
    response: { 200: pageBody(deviceBody), ...failures(noGb28181) },
  };
  app.get('/gb28181/devices', { schema: devices }, (request) => {
    const { limit, cursor } = request.query;
    return pageOf(plugin().devices(), ({ id }) => id, limit, cursor) as never;
  });
  const channels = {
    operationId: 'listChannels',
    summary: 'The catalog of a device',
    tags,
    params: deviceParams,
    querystring: pageQuery,
    response: { 200: pageBody(channelBody), ...failures(noDevice) },
  };
  app.get('/gb28181/devices/:id/channels', { schema: channels }, (request) => {
    const { limit, cursor } = request.query;
    return pageOf(plugin().channels(request.params.id), ({ id }) => id, limit, cursor) as never;
  });
  const catalog = {
    operationId: 'refreshCatalog',
    summary: 'Asks the device for its catalog',
    tags,
    params: deviceParams,
    response: { 200: catalogAnswer, ...failures({ ...noDevice, ...deviceFailures }) },
  };
  app.post('/gb28181/devices/:id/catalog', { schema: catalog }, (request) => plugin().refreshCatalog(request.params.id) as Promise<never>);
}

/** Live pictures and the control of cameras. */
function addChannelRoutes(app: ApiApp, ctx: PluginContext): void {
  const plugin = () => findGb28181(ctx);
  const ofChannel = { tags, params: channelParams, querystring: channelChoice };
  const play = {
    ...ofChannel,
    operationId: 'playChannel',
    summary: 'Invites a channel; answers once its stream is live',
    body: playBody,
    response: { 200: playAnswer, ...failures({ ...channelFailures, ...mediaFailures }) },
  };
  app.post(
    '/gb28181/channels/:id/play',
    { schema: play },
    (request) => plugin().play(request.params.id, { ...deviceOf(request.query), ...(request.body ?? {}) }) as Promise<never>,
  );
  const stop = {
    ...ofChannel,
    operationId: 'stopChannel',
    summary: 'Ends the live stream of a channel',
    response: { 204: noBody, ...failures({ ...channelFailures, ERR_GB28181_NOT_PLAYING: [404, '34020000001310000001 is not playing'] }) },
  };
  app.post('/gb28181/channels/:id/stop', { schema: stop }, async (request, reply) => {
    await plugin().stop(request.params.id, deviceOf(request.query));
    return reply.code(204).send() as never;
  });
  const ptz = {
    ...ofChannel,
    operationId: 'moveCamera',
    summary: 'Moves a camera until it is told to stop: zeros',
    body: ptzBody,
    response: { 204: noBody, ...failures(channelFailures) },
  };
  app.post('/gb28181/channels/:id/ptz', { schema: ptz }, async (request, reply) => {
    await plugin().ptz(request.params.id, request.body, deviceOf(request.query));
    return reply.code(204).send() as never;
  });
}
