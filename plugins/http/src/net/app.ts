import { type Server, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { PluginContext } from '@sluice/core';
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { HttpConfig } from '../config.js';
import { errorAnswer, errorAnswerOf } from '../errors.js';
import { isDeeperThan } from '../proto/json-depth.js';
import { createHttpServer } from './http-server.js';

/** What some answers must say (RFC 9110 15.5.2, RFC 6455 4.4). */
const EXTRA_HEADERS: Readonly<Record<number, string>> = { 401: 'WWW-Authenticate: Bearer\r\n', 426: 'Sec-WebSocket-Version: 13\r\nUpgrade: websocket\r\n' };

/** An HTTP answer written by hand on a bare socket, which ends with it. */
export function writeBareError(socket: Socket, error: unknown): void {
  const { status, body } = errorAnswerOf(error);
  const json = JSON.stringify(body);
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(json)}\r\n${EXTRA_HEADERS[status] ?? ''}Connection: close\r\n\r\n`;
  socket.end(head + json, () => socket.destroy());
}

function onClientError(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const answers: Record<string, [number, string]> = {
    HPE_HEADER_OVERFLOW: [431, 'request head too long'],
    ERR_HTTP_REQUEST_TIMEOUT: [408, 'request too slow'],
  };
  const [statusCode, message] = answers[error.code ?? ''] ?? [400, 'malformed request'];
  writeBareError(socket, Object.assign(new Error(message), { statusCode }));
}

function parseJson(app: FastifyInstance, maxDepth: number): void {
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  const parse = app.getDefaultJsonParser('error', 'error');
  const bad = (message: string) => Object.assign(new Error(message), { statusCode: 400, code: 'FST_ERR_CTP_INVALID_JSON_BODY' });
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    // An empty body is none: many clients send the header with every request.
    if (body.length === 0) return done(null, undefined);
    if (isDeeperThan(body as Buffer, maxDepth)) return done(bad(`JSON deeper than ${maxDepth}`));
    let text: string;
    try {
      text = utf8.decode(body as Buffer);
    } catch {
      return done(bad('JSON is not UTF-8'));
    }
    void parse(request, text, (error, value) => done(error === null ? null : bad(error.message), value));
  });
}

/** The fastify instance, with the answers and limits that hold for all routes. */
export function createApp(config: HttpConfig, log: PluginContext['log']): { readonly app: FastifyInstance; readonly server: Server } {
  let server: Server | undefined;
  const app = fastify({
    logger: false,
    bodyLimit: config.maxBodyBytes,
    routerOptions: { maxParamLength: 4096, ignoreTrailingSlash: false },
    clientErrorHandler: onClientError,
    frameworkErrors: (error: FastifyError, _request: FastifyRequest, reply: FastifyReply) => {
      const { status, body } = errorAnswerOf(error);
      return reply.code(status).send(body);
    },
    serverFactory: (handler) => {
      server = createHttpServer(config, handler);
      return server;
    },
  });
  app.addHook('onRequest', (_request, reply, done) => {
    reply.header('x-content-type-options', 'nosniff').header('referrer-policy', 'no-referrer');
    done();
  });
  app.setErrorHandler((error, request, reply) => {
    const { status, body } = errorAnswerOf(error);
    if (status >= 500) log.warn({ err: error, method: request.method, route: request.routeOptions.url }, 'request failed');
    if (status === 401) reply.header('www-authenticate', 'Bearer'); // RFC 9110 15.5.2
    return reply.code(status).send(body);
  });
  app.setNotFoundHandler((_request, reply) => reply.code(404).send(errorAnswer(404, 'ERR_NOT_FOUND', 'nothing here').body));
  parseJson(app, config.maxJsonDepth);
  if (server === undefined) throw new Error('fastify made no server');
  return { app, server };
}
