import type { FastifyInstance } from 'fastify';

/** Knows what may be asked of a URL. */
export interface MethodIndex {
  /** Every route but those that catch what no other takes. */
  readonly routes: readonly Route[];
  /** Methods that some route takes for this URL, without OPTIONS; none where there is no route. */
  of(url: string): string[];
}

/** A route as it was added. */
interface Route {
  /** With `:id` and `*` where something is put in. */
  readonly url: string;
  readonly methods: readonly string[];
}

/** `/a/:id/b/*` as a pattern of whole paths. */
function patternOf(route: string): RegExp {
  const escaped = route.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replace(/:[A-Za-z0-9_]+/g, '[^/]+').replace(/\\\*$/, '.+')}$`);
}

/** Notes the routes of an app from now on. */
export function createMethodIndex(app: FastifyInstance): MethodIndex {
  const routes: (Route & { readonly pattern: RegExp })[] = [];
  app.addHook('onRoute', ({ url, method, config }) => {
    if (config?.catchAll !== true) routes.push({ url, pattern: patternOf(url), methods: [method].flat() });
  });
  return {
    routes,
    of(url) {
      const path = url.split('?', 1)[0] ?? '/';
      const methods = routes.filter(({ pattern }) => pattern.test(path)).flatMap((route) => route.methods);
      return [...new Set(methods)].filter((method) => method !== 'OPTIONS').sort();
    },
  };
}
