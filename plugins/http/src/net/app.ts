import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { messageOf, type PluginContext, rateLimited, SluiceError } from '@sluice/core';
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { HttpConfig } from '../config.js';
import { errorAnswer, errorAnswerOf } from '../errors.js';
import { isDeeperThan } from '../proto/json-depth.js';
import { originForm } from '../proto/request-target.js';
import { createHttpServer } from './http-server.js';
import { lingerForBody } from './lingering-close.js';
import { createMethodIndex, type MethodIndex } from './methods.js';

/** What some answers must say (RFC 9110 15.5.2, RFC 6455 4.4). */
const EXTRA_HEADERS: Readonly<Record<number, string>> = { 401: 'WWW-Authenticate: Bearer\r\n', 426: 'Sec-WebSocket-Version: 13\r\nUpgrade: websocket\r\n' };

/** Every answer has them: nothing is taken for another type than it says, and no address of ours is told to others. */
const SAFETY = { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' } as const;
const SAFETY_LINES = Object.entries(SAFETY)
  .map(([name, value]) => `${name}: ${value}\r\n`)
  .join('');

/** An HTTP answer written by hand on a bare socket, which ends with it. */
export function writeBareError(socket: Socket, error: unknown): void {
  const { status, body } = errorAnswerOf(error);
  const json = JSON.stringify(body);
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(json)}\r\n${SAFETY_LINES}${EXTRA_HEADERS[status] ?? ''}Connection: close\r\n\r\n`;
  socket.end(head + json, () => socket.destroy());
}

/** Statuses of requests that could not be understood. */
const MALFORMED = new Set([400, 408, 413, 414, 415, 431]);

/** Answers what is no HTTP. */
function onClientError(ctx: AppContext, error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const answers: Record<string, [number, string]> = {
    HPE_HEADER_OVERFLOW: [431, 'request head too long'],
    ERR_HTTP_REQUEST_TIMEOUT: [408, 'request too slow'],
  };
  const [statusCode, message] = answers[error.code ?? ''] ?? [400, 'malformed request'];
  ctx.count(statusCode === 408 ? 'timeout' : 'malformed');
  writeBareError(socket, Object.assign(new Error(message), { statusCode }));
}

function parseJson(app: FastifyInstance, maxDepth: number): void {
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  const parse = app.getDefaultJsonParser('error', 'error');
  const bad = (message: string) => Object.assign(new Error(message), { statusCode: 400, code: 'FST_ERR_CTP_INVALID_JSON_BODY' });
  // JSON is all that is taken: fastify would hand plain text to routes that want an object.
  app.removeContentTypeParser(['application/json', 'text/plain']);
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

/** What the app needs of its plugin. */
export type AppContext = Pick<PluginContext, 'log' | 'clock' | 'count'>;

/** Every HTTP/1.1 request names its host, once (RFC 9112 3.2). Node would say so without a body. */
export function checkHost(request: IncomingMessage): void {
  const hosts = request.rawHeaders.filter((text, index) => index % 2 === 0 && text.toLowerCase() === 'host').length;
  if (hosts === 1 || (hosts === 0 && request.httpVersion === '1.0')) return;
  throw new SluiceError('ERR_HTTP_HOST', 'a request needs one Host header', { plugin: 'http', status: 400 });
}

/** Logs a 5xx: once in a while per code, and with a stack only where it is no answer of ours. */
function failureLog(ctx: AppContext): (error: unknown, request: FastifyRequest) => void {
  const log = rateLimited(ctx.log, ctx.clock);
  return (error, request) => {
    const ours = error instanceof SluiceError;
    const code = ours ? error.code : 'ERR_INTERNAL';
    ctx.count(code);
    log(code, { code, method: request.method, route: request.routeOptions.url, ...(ours ? {} : { err: error }) }, `request failed: ${messageOf(error)}`);
  };
}

/** The fastify instance, with the answers and limits that hold for all routes. */
export function createApp(config: HttpConfig, ctx: AppContext): { readonly app: FastifyInstance; readonly server: Server; readonly methods: MethodIndex } {
  let server: Server | undefined;
  const app = fastify({
    logger: false,
    bodyLimit: config.maxBodyBytes,
    routerOptions: { maxParamLength: 4096, ignoreTrailingSlash: false },
    clientErrorHandler: (error: Error & { code?: string }, socket: Socket) => onClientError(ctx, error, socket),
    rewriteUrl: (request) => originForm(request.url ?? '/'),
    frameworkErrors: (error: FastifyError, _request: FastifyRequest, reply: FastifyReply) => {
      const { status, body } = errorAnswerOf(error);
      ctx.count('malformed');
      return reply.headers(SAFETY).code(status).send(body);
    },
    serverFactory: (handler) => {
      server = createHttpServer(config, handler);
      return server;
    },
  });
  const methods = createMethodIndex(app);
  const failed = failureLog(ctx);
  app.addHook('onRequest', (request, reply, done) => {
    reply.headers(SAFETY);
    checkHost(request.raw);
    // No body has no type, whatever is said of it: `curl -d ''` calls it a form.
    const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
    if (coding === undefined && (length === undefined || length === '0')) delete request.headers['content-type'];
    done();
  });
  app.setErrorHandler((error, request, reply) => {
    const { status, body } = errorAnswerOf(error);
    if (status >= 500) failed(error, request);
    else if (MALFORMED.has(status)) ctx.count('malformed');
    if (status === 413) lingerForBody(request.raw, ctx.clock);
    if (status === 401) reply.header('www-authenticate', 'Bearer'); // RFC 9110 15.5.2
    return reply.code(status).send(body);
  });
  app.setNotFoundHandler((request, reply) => {
    const allowed = methods.of(request.url);
    // A route may find that what it was asked for is not there.
    if (allowed.length === 0 || allowed.includes(request.method)) return reply.code(404).send(errorAnswer(404, 'ERR_NOT_FOUND', 'nothing here').body);
    reply.header('allow', [...allowed, 'OPTIONS'].join(', '));
    if (request.method === 'OPTIONS') return reply.code(204).send();
    return reply.code(405).send(errorAnswer(405, 'ERR_HTTP_METHOD', `${request.method} is not for this, but ${allowed.join(', ')}`).body);
  });
  parseJson(app, config.maxJsonDepth);
  if (server === undefined) throw new Error('fastify made no server');
  return { app, server, methods };
}
