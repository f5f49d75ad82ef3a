import { type AcceptedConnection, closeReason, type PluginContext, socketSink, type Viewer, type ViewerSink } from '@sluice/core';
import { flvFormOf } from '@sluice/plugin-format-flv';
import { type HttpService, type StreamRequest, whileConnected } from '@sluice/plugin-http/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HttpFlvConfig } from '../config.js';
import { liveResponseHead } from './response-head.js';

const CONTENT_TYPE = 'video/x-flv';
const NO_BYTES = Buffer.alloc(0);

/** Takes everything and sends nothing: for HEAD, which asks what GET would answer. */
const nowhere: ViewerSink = { write: () => true, queued: 0, end: () => {} };

/** Ties a viewer to its bare socket. */
function bind(viewer: Viewer, connection: AcceptedConnection): void {
  const { socket } = connection;
  socket.on('drain', () => viewer.drained());
  socket.on('end', () => socket.destroy());
  socket.on('close', () => viewer.close(closeReason('lost')));
  if (socket.destroyed) viewer.close(closeReason('lost'));
}

/** Answers one `GET /app/name.flv`. Until the stream is there it is an ordinary request, whose errors are ordinary answers. */
export async function playFlv(
  ctx: PluginContext,
  http: HttpService,
  config: HttpFlvConfig,
  stream: StreamRequest,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const { path, ...peer } = stream;
  const { socket } = request.raw;
  const onAllowed = (): void => http.admit(request.raw);
  const common = { ...peer, onAllowed, protocol: 'http-flv', form: flvFormOf(stream.query), onLag: config.onLag };
  await whileConnected(request.raw, async (signal) => {
    if (request.method === 'HEAD') {
      const viewer = await ctx.streams.view(path, { ...common, sink: nowhere, signal, preamble: () => NO_BYTES });
      viewer.close(closeReason('ended'));
      reply.header('content-type', CONTENT_TYPE).header('cache-control', 'no-cache, no-store').send();
      return;
    }
    let connection: AcceptedConnection | undefined;
    const preamble = (): Buffer => {
      connection = http.hijack(request, reply);
      return liveResponseHead(CONTENT_TYPE, new Date());
    };
    const viewer = await ctx.streams.view(path, { ...common, sink: socketSink(socket), signal, preamble });
    if (connection !== undefined) bind(viewer, connection);
  });
}
