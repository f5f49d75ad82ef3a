import type { ApiApp } from './app-types.js';

const PREFLIGHT = {
  'access-control-allow-methods': 'GET, HEAD, POST, DELETE',
  'access-control-allow-headers': 'authorization, content-type, last-event-id',
  'access-control-max-age': '600',
};

/**
 * Lets web pages of other origins ask (Fetch standard, 3.2). Before the guard: browsers send no key ahead of a request, and a page may see why it was
 * refused. A page still needs a key; nothing here goes by cookies.
 */
export function allowOrigins(app: ApiApp, origins: readonly string[]): void {
  if (origins.length === 0) return;
  const all = origins.includes('*');
  app.addHook('onRequest', (request, reply, done) => {
    const { origin } = request.headers;
    reply.header('vary', 'Origin');
    if (origin === undefined || !(all || origins.includes(origin))) return done();
    reply.headers({ 'access-control-allow-origin': all ? '*' : origin, 'access-control-expose-headers': 'allow, etag' });
    if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) return done();
    reply.code(204).headers(PREFLIGHT).send();
  });
}
