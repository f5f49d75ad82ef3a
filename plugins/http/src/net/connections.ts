import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { AcceptedConnection } from '@sluice/core';

/** The transport's connections that the HTTP server was given, by socket. */
export interface Connections {
  /** Hands a connection to HTTP. */
  accept(connection: AcceptedConnection): void;
  of(socket: Socket): AcceptedConnection | undefined;
  readonly open: ReadonlySet<Socket>;
}

/** Feeds `server` from the transport. */
export function createConnections(server: Server): Connections {
  const bySocket = new WeakMap<Socket, AcceptedConnection>();
  const open = new Set<Socket>();
  return {
    accept(connection) {
      const { socket } = connection;
      bySocket.set(socket, connection);
      open.add(socket);
      socket.once('close', () => open.delete(socket));
      server.emit('connection', socket);
    },
    of: (socket) => bySocket.get(socket),
    open,
  };
}
