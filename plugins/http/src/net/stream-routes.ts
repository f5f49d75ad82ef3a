import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { errorAnswer } from '../errors.js';
import type { StreamRoute } from '../proto/stream-target.js';
import type { StreamHandler } from '../service.js';
import type { StreamRequestReader } from './stream-requests.js';

/** A route with what answers it. */
export interface HandledRoute<H> extends StreamRoute {
  readonly handler: H;
}

/** Pages of other origins may play: what a stream says is guarded by tokens, not by cookies. */
const CORS = { 'access-control-allow-origin': '*', 'access-control-expose-headers': 'content-length, content-range, date' };
const READS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
const PREFLIGHT = { 'access-control-allow-methods': 'GET, HEAD, OPTIONS', 'access-control-max-age': '86400' };

/** Adds the route that catches every URL and answers those of streams. Other routes are more specific and go first. */
export function registerStreamRoutes(
  app: FastifyInstance,
  options: {
    readonly basePath: string;
    readonly tokenHeaders: readonly string[];
    readonly routes: readonly HandledRoute<StreamHandler>[];
    readonly reader: StreamRequestReader;
  },
): void {
  const { basePath, routes, reader } = options;
  const allowedHeaders = (): string => ['authorization', 'range', ...options.tokenHeaders].join(', ');
  const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const found = reader.read(routes, request.raw);
    if (found === undefined) return reply.callNotFound();
    reply.headers(CORS);
    if (request.method === 'OPTIONS')
      return reply
        .code(204)
        .headers({ ...PREFLIGHT, 'access-control-allow-headers': allowedHeaders() })
        .send();
    if (!READS.has(request.method)) {
      return reply
        .code(405)
        .header('allow', 'GET, HEAD, OPTIONS')
        .send(errorAnswer(405, 'ERR_HTTP_METHOD', 'streams are read by GET').body);
    }
    reply.header('cache-control', 'no-cache');
    await found.route.handler(found.stream, request, reply);
    return reply;
  };
  // Nobody reads the body of what is refused for its method.
  const refused = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => (READS.has(request.method) ? undefined : handler(request, reply));
  app.route({
    method: ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'],
    url: `${basePath}/*`,
    config: { catchAll: true },
    schema: { hide: true } as object,
    onRequest: refused,
    handler,
  });
}
