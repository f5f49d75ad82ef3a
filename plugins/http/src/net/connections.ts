import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { AcceptedConnection, Cancel, PluginContext } from '@sluice/core';
import { HEAD } from './http-server.js';

/** The transport's connections that the HTTP server was given, by socket. */
export interface Connections {
  /** Hands a connection to HTTP. */
  accept(connection: AcceptedConnection): void;
  of(socket: Socket): AcceptedConnection | undefined;
  /** The connection of a socket that leaves HTTP: one of a host's server becomes ours only then. */
  take(socket: Socket): AcceptedConnection | undefined;
  readonly open: ReadonlySet<Socket>;
}

/** Who the connections belong to: the transport, or a host's server. */
export interface ConnectionsOptions {
  readonly firstHeadMs: number;
  readonly hosted: boolean;
}

/**
 * Feeds `server` from the transport. A connection whose first head is not whole within `firstHeadMs` of its beginning is answered 408 and
 * closed: Node's own time-out of heads begins with their first byte.
 */
export function createConnections(ctx: Pick<PluginContext, 'clock' | 'transport'>, server: Server, { firstHeadMs, hosted }: ConnectionsOptions): Connections {
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
    take: (socket) => bySocket.get(socket) ?? (hosted ? ctx.transport.adoptTcp(socket) : undefined),
    open,
  };
}
