import type { IncomingMessage } from 'node:http';
import { SluiceError, type Streams } from '@sluice/core';
import { completePath, findStreamTarget, type StreamRoute, splitTarget } from '../proto/stream-target.js';
import type { StreamRequest } from '../service.js';

const BEARER = /^Bearer +([\x21-\x7e]+)$/i;

/** Reads stream requests out of HTTP requests, for `GET` and upgrades alike. */
export interface StreamRequestReader {
  /** What `request` asks for; `undefined` where it is no stream's URL. Throws `ERR_STREAM_PATH` (400). */
  read<R extends StreamRoute>(routes: Iterable<R>, request: IncomingMessage): { readonly route: R; readonly stream: StreamRequest } | undefined;
}

function bearerOrHeader(request: IncomingMessage, tokenHeaders: readonly string[]): string | undefined {
  const bearer = BEARER.exec(request.headers.authorization ?? '')?.[1];
  if (bearer !== undefined) return bearer;
  for (const name of tokenHeaders) {
    const value = request.headers[name];
    if (typeof value === 'string' && value !== '') return value;
  }
  return undefined;
}

/** Makes the reader. `remoteOf` is the service's. */
export function createStreamRequestReader(options: {
  readonly basePath: string;
  readonly tokenHeaders: readonly string[];
  readonly streams: Streams;
  readonly remoteOf: (request: IncomingMessage) => string;
}): StreamRequestReader {
  const { basePath, tokenHeaders, streams, remoteOf } = options;
  const fullPath = (target: { readonly path: string; readonly token?: string }): string =>
    target.token === undefined || target.path.includes('/')
      ? target.path
      : completePath(
          target.path,
          streams.list().map(({ path }) => path),
        );
  return {
    read(routes, request) {
      const { path: urlPath, query } = splitTarget(request.url ?? '/');
      if (!urlPath.startsWith(`${basePath}/`)) return undefined;
      const target = findStreamTarget(routes, urlPath.slice(basePath.length));
      if (target === undefined) return undefined;
      if ('invalid' in target) throw new SluiceError('ERR_STREAM_PATH', 'not a stream path', { plugin: 'http', status: 400 });
      const token = target.token ?? bearerOrHeader(request, tokenHeaders);
      const userAgent = request.headers['user-agent'];
      const stream: StreamRequest = {
        path: fullPath(target),
        query,
        remote: remoteOf(request),
        ...(token === undefined ? {} : { token }),
        ...(userAgent === undefined ? {} : { userAgent }),
      };
      return { route: target.route, stream };
    },
  };
}
