import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { AcceptedConnection, Cancel, PluginContext } from '@sluice/core';
import { HEAD } from './http-server.js';

/** The transport's connections that the HTTP server was given, by socket. */
export interface Connections {
  /** Hands a connection to HTTP. */
  accept(connection: AcceptedConnection): void;
  of(socket: Socket): AcceptedConnection | undefined;
  readonly open: ReadonlySet<Socket>;
}

/**
 * Feeds `server` from the transport. A connection whose first head is not whole within `firstHeadMs` of its beginning is answered 408 and
 * closed: Node's own time-out of heads begins with their first byte.
 */
export function createConnections(ctx: Pick<PluginContext, 'clock'>, server: Server, firstHeadMs: number): Connections {
  const bySocket = new WeakMap<Socket, AcceptedConnection>();
  const open = new Set<Socket>();
  const deadlines = new WeakMap<Socket, Cancel>();
  const relax = (socket: Socket): void => {
    deadlines.get(socket)?.();
    deadlines.delete(socket);
  };
  server.on(HEAD, relax);
  return {
    accept(connection) {
      const { socket } = connection;
      bySocket.set(socket, connection);
      open.add(socket);
      const tooSlow = (): void => {
        server.emit('clientError', Object.assign(new Error('request too slow'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }), socket);
      };
      deadlines.set(socket, ctx.clock.after(firstHeadMs, tooSlow));
      socket.once('close', () => {
        open.delete(socket);
        relax(socket);
      });
      server.emit('connection', socket);
    },
    of: (socket) => bySocket.get(socket),
    open,
  };
}
