import { isStreamPath } from '@sluice/core';

/** One way of naming a stream in a URL: `GET /**.suffix`, and `GET /prefix/STREAM/TOKEN` where there is a prefix. */
export interface StreamRoute {
  readonly suffix: string;
  readonly prefix?: string;
}

/** What a URL path asks for. `invalid`: a route is meant, but what stands for the stream is no stream path. */
export type StreamTarget<R extends StreamRoute> =
  | { readonly route: R; readonly path: string; readonly token?: string }
  | { readonly route: R; readonly invalid: true };

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function target<R extends StreamRoute>(route: R, encoded: string, token?: string): StreamTarget<R> {
  const path = decode(encoded);
  if (path === undefined || !isStreamPath(path)) return { route, invalid: true };
  return token === undefined ? { route, path } : { route, path, token };
}

/**
 * Finds the route for a URL path (without base path and query, still encoded; decoded here once). The suffix form goes first, longest suffix first;
 * in the prefix form the last segment is the token and all between is the stream, slashes encoded or not.
 * Answers `undefined` where no route is meant at all.
 */
export function findStreamTarget<R extends StreamRoute>(routes: Iterable<R>, urlPath: string): StreamTarget<R> | undefined {
  let best: R | undefined;
  let byPrefix: R | undefined;
  for (const route of routes) {
    if (urlPath.endsWith(`.${route.suffix}`) && (best === undefined || route.suffix.length > best.suffix.length)) best = route;
    if (route.prefix !== undefined && urlPath.startsWith(`/${route.prefix}/`)) byPrefix = route;
  }
  if (best !== undefined) return target(best, urlPath.slice(1, -(best.suffix.length + 1)));
  if (byPrefix?.prefix === undefined) return undefined;
  const rest = urlPath.slice(byPrefix.prefix.length + 2);
  const slash = rest.lastIndexOf('/');
  if (slash <= 0 || slash === rest.length - 1) return undefined;
  const token = decode(rest.slice(slash + 1));
  return token === undefined ? { route: byPrefix, invalid: true } : target(byPrefix, rest.slice(0, slash), token);
}

/** A path of one part may be the last part of a longer one, where it is so of exactly one. */
export function completePath(path: string, known: readonly string[]): string {
  if (path.includes('/') || known.includes(path)) return path;
  const matches = known.filter((other) => other.endsWith(`/${path}`));
  return matches.length === 1 && matches[0] !== undefined ? matches[0] : path;
}

const MAX_QUERY_NAMES = 64;

/** Splits a request target into path and query. Of repeated names the last counts; names beyond 64 are dropped. */
export function splitTarget(url: string): { readonly path: string; readonly query: Readonly<Record<string, string>> } {
  const mark = url.indexOf('?');
  if (mark < 0) return { path: url, query: {} };
  const query = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(url.slice(mark + 1))) {
    if (query.size < MAX_QUERY_NAMES || query.has(name)) query.set(name, value);
  }
  return { path: url.slice(0, mark), query: Object.fromEntries(query) };
}
