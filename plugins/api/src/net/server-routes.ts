import type { PluginContext } from '@sluice/core';
import { z } from 'zod';
import type { ApiApp } from './app-types.js';
import { createProcessLoad } from './process-load.js';
import { errorBody, noBody } from './schemas.js';

const serverBody = z
  .object({
    version: z.string(),
    preset: z.string().nullable(),
    instance: z.string(),
    state: z.string(),
    startedAt: z.string(),
    uptime: z.number().describe('seconds'),
    plugins: z.array(z.object({ name: z.string(), version: z.string(), state: z.string() })),
    addresses: z.array(
      z.object({ name: z.string(), plugin: z.string(), protocol: z.enum(['tcp', 'udp']), host: z.string(), port: z.number(), secure: z.boolean() }),
    ),
    warnings: z.array(z.string()),
    cpu: z.object({ percent: z.number(), cores: z.number() }),
    memory: z.record(z.string(), z.number()).describe('bytes'),
  })
  .meta({ id: 'Server' });

/** `GET /server`, `GET /config`. */
export function addServerRoutes(app: ApiApp, ctx: PluginContext): void {
  const { engine, clock } = ctx;
  const load = createProcessLoad(ctx);
  app.get('/server', { schema: { summary: 'The server itself', tags: ['server'], response: { 200: serverBody } } }, () => {
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
  app.post(
    '/plugins/:name/stop',
    {
      config: { role: 'admin' },
      schema: {
        summary: 'Stops a plugin that misbehaves; the others go on, and the next start has it again',
        tags: ['server'],
        params: z.object({ name: z.string() }),
        response: { 204: noBody, 404: errorBody, 409: errorBody.describe('others cannot do without it') },
      },
    },
    async (request, reply) => {
      await engine.stopPlugin(request.params.name);
      return reply.code(204).send() as never;
    },
  );
  const configBody = z.object({ items: z.array(z.object({ key: z.string(), value: z.unknown(), source: z.string() })) });
  app.get('/config', { schema: { summary: 'The effective configuration; secrets are hidden', tags: ['server'], response: { 200: configBody } } }, () => ({
    items: engine.config().map(({ key, value, source, secret }) => ({ key, value: secret ? '***' : value, source })),
  }));
}
