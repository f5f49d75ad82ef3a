import type { FastifyInstance, FastifyReply } from 'fastify';
import type { WebFile, WebFiles } from './web-files.js';

/** Nothing from elsewhere, nothing inline; media comes through MediaSource (`blob:`) and from WebSockets. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'self'",
  "media-src 'self' blob:",
  "worker-src 'self' blob:",
  "connect-src 'self' ws: wss:",
  "style-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

const MISSING: WebFile = {
  type: 'text/plain; charset=utf-8',
  body: Buffer.from('The player page was not built: run `npm run build:web` in plugins/console.\n'),
};
const HIDDEN = { schema: { hide: true } as object };

function send(reply: FastifyReply, file: WebFile, caching: string): FastifyReply {
  return reply
    .type(file.type)
    .headers({
      'content-security-policy': CONTENT_SECURITY_POLICY,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': caching,
    })
    .send(file.body);
}

function queryOf(url: string): string {
  const at = url.indexOf('?');
  return at < 0 ? '' : url.slice(at);
}

/** Adds the page, its assets (their names carry a hash, so they never change) and the redirects. */
export function addRoutes(
  app: FastifyInstance,
  options: { readonly basePath: string; readonly files: WebFiles | undefined; readonly redirectRoot: boolean },
): void {
  const { basePath, files, redirectRoot } = options;
  app.get('/player', HIDDEN, (_request, reply) => (files === undefined ? send(reply.code(503), MISSING, 'no-store') : send(reply, files.page, 'no-cache')));
  // The page's addresses are relative to the folder it is in.
  app.get('/player/', HIDDEN, (request, reply) => reply.redirect(`${basePath}/player${queryOf(request.url)}`));
  app.get<{ Params: { name: string } }>('/player/assets/:name', HIDDEN, (request, reply) => {
    const file = files?.assets.get(request.params.name);
    return file === undefined ? reply.callNotFound() : send(reply, file, 'public, max-age=31536000, immutable');
  });
  if (redirectRoot && !app.hasRoute({ method: 'GET', url: `${basePath}/` })) {
    app.get('/', HIDDEN, (request, reply) => reply.redirect(`${basePath}/player${queryOf(request.url)}`));
  }
}
