import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { type AcceptedConnection, type CloseReason, closeReason, type PluginContext, SluiceError, socketSink, type Viewer } from '@sluice/core';
import type { StreamRequest } from '@sluice/plugin-http/service';
import type { WebSocket, WebSocketServer } from 'ws';
import type { WsFlvConfig } from '../config.js';
import { checkHandshake } from '../proto/handshake.js';
import { wsFlvForm, wsFlvLegacyHevcForm } from '../ws-form.js';

const NO_BYTES = Buffer.alloc(0);

/** Status codes of RFC 6455 7.4.1. */
function closeCodeOf(reason: CloseReason): number {
  if (reason.code === 'shutdown') return 1001;
  if (reason.code === 'kicked' || reason.code === 'refused') return 1008;
  return 1000;
}

/** Watches a socket that nobody reads yet: the signal fires when the client goes, or speaks before its turn (RFC 6455 4.1). */
function watchWaiting(socket: Socket): { readonly signal: AbortSignal; release(): void } {
  const gone = new AbortController();
  const leave = (): void => gone.abort();
  const drop = (): void => {
    socket.destroy();
  };
  socket.on('data', drop).on('end', drop).on('close', leave);
  return { signal: gone.signal, release: () => void socket.removeListener('data', drop).removeListener('end', drop).removeListener('close', leave) };
}

function bind(viewer: Viewer, webSocket: WebSocket, connection: AcceptedConnection): void {
  connection.socket.on('drain', () => viewer.drained());
  webSocket.on('message', (data: Buffer) => viewer.received(data.length));
  webSocket.on('close', () => viewer.close(closeReason('lost')));
  if (connection.socket.destroyed) viewer.close(closeReason('lost'));
}

/** Answers one WebSocket request. The handshake is done when the stream is there, so that errors before are HTTP answers. */
export async function playWebSocket(
  ctx: PluginContext,
  server: WebSocketServer,
  config: WsFlvConfig,
  stream: StreamRequest,
  request: IncomingMessage,
  connection: AcceptedConnection,
  head: Buffer,
): Promise<void> {
  checkHandshake(request);
  const { path, ...peer } = stream;
  const { socket } = connection;
  const waiting = watchWaiting(socket);
  let webSocket: WebSocket | undefined;
  const end = (reason: CloseReason): void => {
    if (reason.code === 'slow') socket.destroy();
    else webSocket?.close(closeCodeOf(reason), reason.code);
  };
  const preamble = (): Buffer => {
    waiting.release();
    // Answers 101 on the socket and calls back before it returns.
    server.handleUpgrade(request, socket, head, (opened) => {
      webSocket = opened;
      opened.on('error', () => {}); // 'close' follows
    });
    if (webSocket === undefined) throw new SluiceError('ERR_WS_HANDSHAKE', 'handshake failed', { plugin: 'ws-flv', status: 400 });
    return NO_BYTES;
  };
  try {
    const form = stream.query.hevc === '12' ? wsFlvLegacyHevcForm : wsFlvForm;
    const viewer = await ctx.streams.view(path, {
      ...peer,
      protocol: 'ws-flv',
      form,
      onLag: config.onLag,
      sink: socketSink(socket, end),
      onAllowed: () => connection.admit(),
      signal: waiting.signal,
      preamble,
    });
    if (webSocket !== undefined) bind(viewer, webSocket, connection);
  } finally {
    waiting.release();
  }
}
