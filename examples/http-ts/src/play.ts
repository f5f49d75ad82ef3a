import { Buffer } from 'node:buffer';
import { closeReason, type PluginContext, socketSink } from '@sluice/core';
import type { HttpService, StreamHandler } from '@sluice/plugin-http/service';
import type { Config } from './config.js';
import { tsForm } from './ts-form.js';

const PROTOCOL = 'http-ts';
const CONTENT_TYPE = 'video/mp2t';

/** The head of an endless answer, which the close of the connection ends (RFC 9112 6.3): no length, no chunks. */
const HEAD_LINES = ['HTTP/1.1 200 OK', `Content-Type: ${CONTENT_TYPE}`, 'Cache-Control: no-store', 'Connection: close', 'Access-Control-Allow-Origin: *'];
const RESPONSE_HEAD = Buffer.from(`${HEAD_LINES.join('\r\n')}\r\n\r\n`, 'latin1');

/** Answers `GET /app/name.live.ts`. Until the stream is there it is an ordinary request, and what the engine throws an ordinary answer. */
export function playTs(ctx: PluginContext, http: HttpService, { onLag }: Config): StreamHandler {
  return async ({ path, ...peer }, request, reply) => {
    if (request.method === 'HEAD') {
      await ctx.streams.locate(path, { ...peer, protocol: PROTOCOL, output: tsForm });
      reply.type(CONTENT_TYPE).send();
      return;
    }
    const { socket } = request.raw;
    const gone = new AbortController();
    socket.once('close', () => gone.abort());
    if (socket.destroyed) gone.abort();
    const viewer = await ctx.streams.view(path, {
      ...peer,
      protocol: PROTOCOL,
      form: tsForm,
      onLag,
      sink: socketSink(socket),
      // Somebody who waits may go meanwhile.
      signal: gone.signal,
      onAllowed: () => http.admit(request.raw),
      // The stream is there: from here on the socket is ours.
      preamble: () => {
        http.hijack(request, reply);
        return RESPONSE_HEAD;
      },
    });
    socket.on('drain', () => viewer.drained());
    socket.on('end', () => socket.destroy());
    socket.on('close', () => viewer.close(closeReason('lost')));
    if (socket.destroyed) viewer.close(closeReason('lost'));
  };
}
