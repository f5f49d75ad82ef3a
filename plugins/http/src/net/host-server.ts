import { type Server as HttpServer, type IncomingMessage, ServerResponse } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import { SluiceError } from '@sluice/core';
import { originForm } from '../proto/request-target.js';
import { findStreamTarget, type StreamRoute } from '../proto/stream-target.js';
import { writeBareError } from './app.js';
import type { MethodIndex } from './methods.js';

/** An HTTP/1.1 server of the program around the engine (of Express, Fastify, or plain). */
export type HostServer = HttpServer | HttpsServer;

type Handler = (...args: unknown[]) => void;

/**
 * Which URLs are Sluice's: all below its base path. Without a base path, those it has an answer for: the program's own pages may not be taken away.
 */
export function urlOwner(options: {
  readonly basePath: string;
  readonly methods: MethodIndex;
  readonly streams: readonly StreamRoute[];
}): (request: IncomingMessage) => boolean {
  const { basePath, methods, streams } = options;
  return (request) => {
    const path = originForm(request.url ?? '/').split('?', 1)[0] ?? '/';
    if (basePath !== '') return path === basePath || path.startsWith(`${basePath}/`);
    return methods.of(path).length > 0 || findStreamTarget(streams, path) !== undefined;
  };
}

/** Puts `first` before the listeners that `host` has for `event`; it hands on to them what it does not take. Answers how to take it away again. */
function interpose(host: HostServer, event: 'request' | 'upgrade', first: (others: readonly Handler[], args: unknown[]) => void): () => void {
  const others = host.listeners(event) as Handler[];
  const dispatch: Handler = (...args) => first(others, args);
  host.removeAllListeners(event);
  host.on(event, dispatch);
  return () => {
    // Where somebody interposed after us, we stay in between and hand everything on.
    if (!host.listeners(event).includes(dispatch)) return;
    host.removeListener(event, dispatch);
    for (const other of others) host.on(event, other);
  };
}

/** An upgrade that nobody offers is no error: the request is answered as if it had not asked (RFC 9110 7.8). Its body is lost, so it may have none. */
function answerPlainly(host: HostServer, request: IncomingMessage, socket: Socket): void {
  const { 'content-length': length = '0', 'transfer-encoding': coding } = request.headers;
  if (length !== '0' || coding !== undefined) {
    writeBareError(socket, new SluiceError('ERR_HTTP_UPGRADE', `no upgrade to ${request.headers.upgrade ?? 'that'} here`, { plugin: 'http', status: 501 }));
    return;
  }
  socket.on('error', () => {}); // 'close' follows
  request.push(null);
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.on('finish', () => socket.end());
  host.emit('request', request, response);
}

/**
 * Answers what is Sluice's of the requests that `host` gets, by handing them to `inner`, which has no port. Listeners that `host` is given later see
 * all requests. Answers how to detach.
 */
export function attachToHost(
  host: HostServer,
  inner: HttpServer,
  options: { readonly owns: (request: IncomingMessage) => boolean; readonly upgrades: boolean },
): () => void {
  let attached = true;
  const ours = (args: readonly unknown[]): boolean => attached && options.owns(args[0] as IncomingMessage);
  const withdrawals = [
    interpose(host, 'request', (others, args) => {
      if (ours(args)) inner.emit('request', ...args);
      else for (const other of others) other.apply(host, args);
    }),
  ];
  if (options.upgrades) {
    withdrawals.push(
      interpose(host, 'upgrade', (others, args) => {
        const request = args[0] as IncomingMessage;
        const mine = ours(args);
        if (mine && request.headers.upgrade?.toLowerCase() === 'websocket') inner.emit('upgrade', ...args);
        else if (mine || others.length === 0) answerPlainly(host, request, args[1] as Socket);
        else for (const other of others) other.apply(host, args);
      }),
    );
  }
  return () => {
    attached = false;
    for (const withdraw of withdrawals) withdraw();
  };
}
