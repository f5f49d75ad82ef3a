import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { SluiceError } from '@sluice/core';
import { originForm } from '../proto/request-target.js';
import type { StreamUpgradeHandler } from '../service.js';
import { checkHost, writeBareError } from './app.js';
import type { Connections } from './connections.js';
import type { StreamRequestReader } from './stream-requests.js';
import type { HandledRoute } from './stream-routes.js';

const ignore = (): void => {};

/** Answers WebSocket upgrades by suffix. What a handler throws before it wrote anything becomes an HTTP error on the socket. */
export function answerUpgrades(
  server: Server,
  options: { readonly routes: readonly HandledRoute<StreamUpgradeHandler>[]; readonly reader: StreamRequestReader; readonly connections: Connections },
): void {
  const { routes, reader, connections } = options;
  const answer = async (request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> => {
    request.url = originForm(request.url ?? '/');
    checkHost(request);
    const found = reader.read(routes, request);
    const connection = connections.take(socket);
    if (found === undefined || connection === undefined) throw new SluiceError('ERR_NOT_FOUND', 'nothing here', { plugin: 'http', status: 404 });
    await found.route.handler(found.stream, request, connection, head);
  };
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on('error', ignore); // 'close' follows
    socket.setTimeout(0);
    const writtenBefore = socket.bytesWritten;
    answer(request, socket, head).catch((error: unknown) => {
      if (socket.writable && socket.bytesWritten === writtenBefore) writeBareError(socket, error);
      else socket.destroy();
    });
  });
}
