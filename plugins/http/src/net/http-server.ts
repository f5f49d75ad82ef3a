import { createServer, IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';
import type { HttpConfig } from '../config.js';

/** Event of the server: the first head on a socket is whole. */
export const HEAD = 'sluice:head';

/**
 * Node takes every request with an Upgrade header away from HTTP as soon as one listener wants upgrades. Only WebSocket is meant here;
 * others (Java's client offers `h2c` on every request) are to be ignored (RFC 9110 7.8), so `upgrade` answers for WebSocket only.
 */
function webSocketOnly(socket: Socket): IncomingMessage {
  const message = new IncomingMessage(socket);
  let offered = false;
  Object.defineProperty(message, 'upgrade', {
    set: (value: boolean) => {
      offered = value;
    },
    get: () => offered && message.headers.upgrade?.toLowerCase() === 'websocket',
  });
  return message;
}

/** The server without a port of its own: connections are handed to it by `emit('connection', socket)`. */
export function createHttpServer(config: HttpConfig, handler: RequestListener): Server {
  let server: Server | undefined;
  // Called with `new`: a function that returns an object gives that object.
  const requestClass = function (this: unknown, socket: Socket) {
    // A message is made when its head is whole.
    server?.emit(HEAD, socket);
    return webSocketOnly(socket);
  } as unknown as typeof IncomingMessage;
  server = createServer(
    {
      IncomingMessage: requestClass,
      maxHeaderSize: config.maxHeaderBytes,
      headersTimeout: config.headerTimeoutSeconds * 1000,
      requestTimeout: Math.max(config.requestTimeoutSeconds, config.headerTimeoutSeconds) * 1000,
      keepAliveTimeout: config.keepAliveSeconds * 1000,
      connectionsCheckingInterval: 1000,
      requireHostHeader: false,
      noDelay: true,
    },
    handler,
  );
  return server;
}
