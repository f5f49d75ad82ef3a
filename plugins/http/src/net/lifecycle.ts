import type { Server } from 'node:http';
import type { AcceptedConnection, Listener, PluginContext } from '@sluice/core';
import type { FastifyInstance } from 'fastify';
import type { HttpConfig } from '../config.js';
import type { Connections } from './connections.js';

/** Opens the ports: the plain one, and the one with TLS where it is configured. */
export async function openListeners(ctx: PluginContext, config: HttpConfig, accept: (connection: AcceptedConnection) => void): Promise<Listener[]> {
  const { maxConnections, maxUnadmittedPerAddress } = config;
  const common = { maxConnections, maxUnadmittedPerAddress, ...(config.host === undefined ? {} : { host: config.host }) };
  const listeners = [await ctx.transport.listenTcp({ name: 'http', port: config.port, ...common }, accept)];
  if (config.tls !== undefined) {
    const { port, ...tls } = config.tls;
    listeners.push(await ctx.transport.listenTcp({ name: 'https', port, tls, ...common }, accept));
  }
  return listeners;
}

const CLOSE_POLL_MS = 50;

/** Resolves when no connection is open, or after `deadlineMs`, closing those that have no request on the way. */
function idleOut(ctx: PluginContext, server: Server, connections: Connections, deadlineMs: number): Promise<void> {
  return new Promise((resolve) => {
    const startedAt = ctx.clock.now();
    const check = (): void => {
      server.closeIdleConnections();
      if (connections.open.size > 0 && ctx.clock.now() - startedAt < deadlineMs) return;
      cancel();
      resolve();
    };
    const cancel = ctx.clock.every(CLOSE_POLL_MS, check);
    check();
  });
}

/**
 * Closes in the one order that is quick and complete: `app.close()` waits for nothing where the server has no port of its own, and a
 * listener that is awaited first waits for idle connections.
 */
export async function closeHttp(
  ctx: PluginContext,
  parts: { readonly app: FastifyInstance; readonly server: Server; readonly listeners: readonly Listener[]; readonly connections: Connections },
  deadlineMs = 1000,
): Promise<void> {
  const { app, server, listeners, connections } = parts;
  const closed = listeners.map((listener) => listener.close());
  await app.close();
  server.close(() => {});
  await idleOut(ctx, server, connections, deadlineMs);
  for (const socket of connections.open) socket.destroy();
  await Promise.all(closed);
}
