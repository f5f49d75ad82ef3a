import type { IncomingMessage } from 'node:http';
import { type Listener, type PluginContext, plainAddress, SluiceError } from '@sluice/core';
import type { FastifyInstance } from 'fastify';
import type { HttpConfig } from '../config.js';
import { createTrustCheck, forwardedRemote } from '../proto/forwarded.js';
import type { HttpService, StreamHandler, StreamUpgradeHandler } from '../service.js';
import { createApp } from './app.js';
import { createConnections } from './connections.js';
import { registerHealth } from './health.js';
import { detachFromHttp } from './hijack.js';
import { attachToHost, type HostServer, urlOwner } from './host-server.js';
import { closeHttp, openListeners } from './lifecycle.js';
import { createStreamRequestReader } from './stream-requests.js';
import { type HandledRoute, registerStreamRoutes } from './stream-routes.js';
import { answerUpgrades } from './upgrades.js';

/** The listener and what opens and closes it. */
export interface HttpListener {
  readonly service: HttpService;
  open(): Promise<void>;
  close(): Promise<void>;
}

const SUFFIX = /^[a-z0-9]+(\.[a-z0-9]+)*$/;

function addRoute<H>(routes: HandledRoute<H>[], route: HandledRoute<H>): void {
  if (!SUFFIX.test(route.suffix)) throw new SluiceError('ERR_HTTP_SUFFIX', `'${route.suffix}' is no suffix`, { plugin: 'http' });
  if (routes.some(({ suffix }) => suffix === route.suffix)) throw new SluiceError('ERR_HTTP_SUFFIX', `.${route.suffix} is taken`, { plugin: 'http' });
  routes.push(route);
}

/** Makes the listener for one engine: of ports of its own, or on the server of the program around it. Nothing is open yet. */
export function createHttpListener(ctx: PluginContext, config: HttpConfig, host?: HostServer): HttpListener {
  const { app, server, methods } = createApp(config, ctx);
  const connections = createConnections(ctx, server, { firstHeadMs: config.headerTimeoutSeconds * 1000, hosted: host !== undefined });
  const isTrusted = createTrustCheck(config.trustedProxies);
  const gets: HandledRoute<StreamHandler>[] = [];
  const upgrades: HandledRoute<StreamUpgradeHandler>[] = [];
  const { basePath } = config;
  const tokenHeaders: string[] = [];

  const remoteOf = (request: IncomingMessage): string => {
    const { socket } = request;
    const remote = connections.of(socket)?.remote ?? `${socket.remoteAddress ?? ''}:${socket.remotePort ?? 0}`;
    const header = request.headers['x-forwarded-for'];
    return forwardedRemote(remote, Array.isArray(header) ? header.join(',') : header, isTrusted);
  };
  const reader = createStreamRequestReader({ basePath, tokenHeaders, streams: ctx.streams, remoteOf });

  const service: HttpService = {
    basePath,
    register(routes, { root = false } = {}) {
      app.register(async (scope: FastifyInstance) => await routes(scope), { prefix: root ? '' : basePath });
    },
    stream: (options, handler) => addRoute(gets, { ...options, handler }),
    streamUpgrade: (options, handler) => addRoute(upgrades, { ...options, handler }),
    readTokensFrom: (headers) => void tokenHeaders.push(...headers),
    admit: (request) => connections.of(request.socket)?.admit(),
    hijack(request, reply) {
      const { socket } = request.raw;
      // A pipelined request whose turn has not come has no socket to give.
      if (reply.raw.socket !== socket) throw new SluiceError('ERR_HTTP_PIPELINED', 'ask on a connection of its own', { plugin: 'http', status: 400 });
      const connection = connections.take(socket);
      if (connection === undefined) throw new SluiceError('ERR_HTTP_HIJACK', 'no connection of the transport', { plugin: 'http' });
      reply.hijack();
      detachFromHttp(reply.raw, socket);
      return connection;
    },
    remoteOf,
    routes: () => methods.routes,
  };

  registerHealth(app, basePath, ctx.engine);
  registerStreamRoutes(app, { basePath, tokenHeaders, routes: gets, reader });
  answerUpgrades(server, { routes: upgrades, reader, connections });
  // A request that was answered well shows that its connection is no stranger's.
  app.addHook('onResponse', (request, reply, done) => {
    if (reply.statusCode < 400) service.admit(request.raw);
    done();
  });

  let listeners: Listener[] = [];
  let detach = (): void => {};
  return {
    service,
    async open() {
      await app.ready();
      if (host !== undefined) {
        const owns = urlOwner({ basePath, methods, streams: [...gets, ...upgrades] });
        detach = attachToHost(host, server, { owns, upgrades: upgrades.length > 0 });
        return;
      }
      listeners = await openListeners(ctx, config, (connection) => {
        // Behind a proxy are many: the cap of strangers per address is the proxy's to keep.
        if (isTrusted(plainAddress(connection.socket.remoteAddress ?? ''))) connection.admit();
        connections.accept(connection);
      });
      // Node starts the timers of heads and requests on this event only.
      server.emit('listening');
    },
    async close() {
      detach();
      await closeHttp(ctx, { app, server, listeners, connections });
    },
  };
}
