import { definePlugin, type Plugin, type PluginContext } from '@sluice/core';
import { type HttpConfig, httpConfig } from './config.js';
import type { HostServer } from './net/host-server.js';
import { httpService } from './service.js';

async function setUp(ctx: PluginContext, config: HttpConfig, host?: HostServer): Promise<void> {
  // fastify is loaded late: a config mistake is told sooner.
  const { createHttpListener } = await import('./net/http-listener.js');
  const listener = createHttpListener(ctx, config, host);
  ctx.provide(httpService, listener.service);
  ctx.onDispose(() => listener.close());
  ctx.onListen(() => listener.open());
}

const definition = { name: 'http', version: '1.0.0', engine: '^1.0.0', config: httpConfig, provides: [httpService] } as const;

/** The shared HTTP listener: fastify on the transport's sockets, health answers, and dispatch of stream URLs to the outputs. */
export default definePlugin({ ...definition, rehearsal: { config: { port: 0 } }, setup: (ctx, config) => setUp(ctx, config) });

/**
 * The same on the server of the program around the engine, in place of a port of its own: what is below `http.basePath` is Sluice's, all else stays the
 * program's. Ports, TLS, time-outs and caps of connections are the program's too. Give it after the presets: `plugins: [server, httpOn(app.server)]`.
 */
export function httpOn(host: HostServer): Plugin<'http', typeof httpConfig> {
  return definePlugin({ ...definition, setup: (ctx, config) => setUp(ctx, config, host) });
}

export { type HttpConfig, httpConfig } from './config.js';
export { type ErrorAnswer, errorAnswer, errorAnswerOf } from './errors.js';
export type { HostServer } from './net/host-server.js';
export { type HttpService, httpService, type StreamHandler, type StreamRequest, type StreamUpgradeHandler } from './service.js';
