import { definePlugin } from '@sluice/core';
import { httpConfig } from './config.js';
import { httpService } from './service.js';

/** The shared HTTP listener: fastify on the transport's sockets, health answers, and dispatch of stream URLs to the outputs. */
export default definePlugin({
  name: 'http',
  version: '1.0.0',
  engine: '^1.0.0',
  config: httpConfig,
  provides: [httpService],
  rehearsal: { config: { port: 0 } },
  async setup(ctx, config) {
    // fastify is loaded late: a config mistake is told sooner.
    const { createHttpListener } = await import('./net/http-listener.js');
    const listener = createHttpListener(ctx, config);
    ctx.provide(httpService, listener.service);
    ctx.onDispose(() => listener.close());
    ctx.onListen(() => listener.open());
  },
});

export { type HttpConfig, httpConfig } from './config.js';
export { type ErrorAnswer, errorAnswer, errorAnswerOf } from './errors.js';
export { type HttpService, httpService, type StreamHandler, type StreamRequest, type StreamUpgradeHandler } from './service.js';
