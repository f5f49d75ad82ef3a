import type { PluginContext } from '@sluice/core';
import { z } from 'zod';
import { pageOf } from '../proto/page.js';
import type { ApiApp } from './app-types.js';
import { createProcessLoad } from './process-load.js';
import { failures, noBody, pageBody, pageQuery, time, withExamples } from './schemas.js';

const serverBody = withExamples(
  z.object({
    version: z.string(),
    preset: z.string().nullable(),
    instance: z.string().describe('unique per start'),
    state: z.string(),
    startedAt: time,
    uptime: z.number().describe('seconds'),
    plugins: z.array(z.object({ name: z.string(), version: z.string(), state: z.string() })),
    addresses: z.array(
      z.object({ name: z.string(), plugin: z.string(), protocol: z.enum(['tcp', 'udp']), host: z.string(), port: z.number(), secure: z.boolean() }),
    ),
    warnings: z.array(z.string()),
    cpu: z.object({ percent: z.number().describe('of one core, of the last seconds'), cores: z.number() }),
    memory: z.object({ rss: z.number(), heapUsed: z.number(), heapTotal: z.number(), external: z.number(), arrayBuffers: z.number() }).describe('bytes'),
  }),
  {
    version: '1.0.0',
    preset: 'all-in-one',
    instance: 'f3c32246-63a4-4698-b823-9dcc38449d0f',
    state: 'running',
    startedAt: '2026-05-04T08:00:00.000Z',
    uptime: 86_400,
    plugins: [{ name: 'http', version: '1.0.0', state: 'ready' }],
    addresses: [{ name: 'http', plugin: 'http', protocol: 'tcp', host: '0.0.0.0', port: 8080, secure: false }],
    warnings: ['anybody may publish and play: auth.publish and auth.play are open (others: token, jwt, callback)'],
    cpu: { percent: 4.5, cores: 8 },
    memory: { rss: 117_764_096, heapUsed: 36_482_464, heapTotal: 41_148_416, external: 4_458_671, arrayBuffers: 1_722_647 },
  },
).meta({ id: 'Server' });

const configValue = withExamples(
  z.object({ key: z.string(), value: z.unknown(), source: z.string().describe('default, preset NAME, file PATH:LINE, env NAME, flag, embedder') }),
  { key: 'rtmp.port', value: 1935, source: 'default' },
  { key: 'api.key', value: '***', source: 'env SLUICE_API__KEY' },
).meta({ id: 'ConfigValue' });
/** The whole of it in one answer, unless less is asked for. */
const configQuery = pageQuery.extend({ limit: pageQuery.shape.limit.unwrap().default(1000).describe('most items of the answer') });

/** `GET /server`, `GET /config`, `POST /plugins/{name}/stop`. */
export function addServerRoutes(app: ApiApp, ctx: PluginContext): void {
  const { engine, clock } = ctx;
  const tags = ['server'];
  const load = createProcessLoad(ctx);
  app.get('/server', { schema: { operationId: 'getServer', summary: 'The server itself', tags, response: { 200: serverBody } } }, () => {
    const { version, preset, instance, state, startedAt } = engine;
    return {
      version,
      preset: preset ?? null,
      instance,
      state,
      startedAt: startedAt.toISOString(),
      uptime: Math.max(0, Math.round((clock.wallMs() - startedAt.getTime()) / 1000)),
      plugins: engine.plugins(),
      addresses: engine.addresses(),
      warnings: engine.warnings(),
      ...load(),
    } as never;
  });
  const stop = {
    operationId: 'stopPlugin',
    summary: 'Stops a plugin that misbehaves; the others go on, and the next start has it again',
    tags,
    params: z.object({ name: z.string().meta({ examples: ['snapshot'] }) }),
    response: {
      204: noBody,
      ...failures({
        ERR_PLUGIN_UNKNOWN: [404, "no plugin 'none' is loaded"],
        ERR_PLUGIN_NEEDED: [409, "plugin 'http' cannot be stopped: api needs it"],
      }),
    },
  };
  app.post('/plugins/:name/stop', { config: { role: 'admin' }, schema: stop }, async (request, reply) => {
    await engine.stopPlugin(request.params.name);
    return reply.code(204).send() as never;
  });
  const config = {
    operationId: 'getConfig',
    summary: 'The effective configuration; secrets are hidden',
    tags,
    querystring: configQuery,
    response: { 200: pageBody(configValue) },
  };
  app.get('/config', { schema: config }, (request) => {
    const { limit, cursor } = request.query;
    const values = engine.config().map(({ key, value, source, secret }) => ({ key, value: secret ? '***' : value, source }));
    return pageOf(values, ({ key }) => key, limit, cursor) as never;
  });
}
