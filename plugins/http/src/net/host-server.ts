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

type Emit = (event: string | symbol, ...args: unknown[]) => boolean;

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

/**
 * Lets `take` look at what `host` emits before any listener does, also those added later (a framework adds its own when it gets ready). Answers how to take it
 * away again; where somebody did the same after us, we stay in between and let everything pass.
 */
function interpose(host: HostServer, take: (event: string | symbol, args: readonly unknown[]) => boolean): () => void {
  const before = host.emit as Emit;
  let attached = true;
  const emit: Emit = (event, ...args) => (attached && take(event, args)) || before.call(host, event, ...args);
  host.emit = emit;
  return () => {
    attached = false;
    if (host.emit === emit) host.emit = before;
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

const OFFER = Symbol.for('sluice.upgrade-offer');

/** Node emits upgrades only where somebody listens. What comes here is no stream's: it is answered where no listener of the program takes it. */
function offerUpgrades(host: HostServer): () => void {
  const listener = (request: IncomingMessage, socket: Socket): void => {
    const all = host.listeners('upgrade');
    // Of several engines one answers.
    if (all[0] === offer && all.every((other) => OFFER in other)) answerPlainly(host, request, socket);
  };
  const offer = Object.assign(listener, { [OFFER]: true });
  host.on('upgrade', offer);
  return () => void host.removeListener('upgrade', offer);
}

/** Answers what is Sluice's of the requests that `host` gets, by handing them to `inner`, which has no port. Answers how to detach. */
export function attachToHost(
  host: HostServer,
  inner: HttpServer,
  options: { readonly owns: (request: IncomingMessage) => boolean; readonly upgrades: boolean },
): () => void {
  const withdraw = interpose(host, (event, args) => {
    if (event !== 'request' && event !== 'upgrade') return false;
    const request = args[0] as IncomingMessage;
    if (!options.owns(request)) return false;
    if (event === 'upgrade' && request.headers.upgrade?.toLowerCase() !== 'websocket') answerPlainly(host, request, args[1] as Socket);
    else inner.emit(event, ...args);
    return true;
  });
  const withdrawOffer = options.upgrades ? offerUpgrades(host) : () => {};
  return () => {
    withdrawOffer();
    withdraw();
  };
}
