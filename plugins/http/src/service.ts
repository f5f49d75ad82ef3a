import type { IncomingMessage } from 'node:http';
import { type AcceptedConnection, type ConfigByName, type ServiceToken, service } from '@sluice/core';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { httpConfig } from './config.js';

export { type ErrorAnswer, errorAnswer, errorAnswerOf } from './errors.js';
export { whileConnected } from './net/while-connected.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route takes what no other takes: it says nothing about what may be asked of a URL. */
    catchAll?: boolean;
  }
}

/** A request for a stream in some output's form: `GET /app/name.SUFFIX`, or `/PREFIX/STREAM/TOKEN`. */
export interface StreamRequest {
  /** Stream path, checked. */
  readonly path: string;
  /** Query of the URL, decoded, the last of repeated names. */
  readonly query: Readonly<Record<string, string>>;
  /** From the path form, the Authorization header or a token header. */
  readonly token?: string;
  /** `address:port`, after trusted proxies. */
  readonly remote: string;
  readonly userAgent?: string;
}

/** Answers `GET` for one suffix. */
export type StreamHandler = (stream: StreamRequest, request: FastifyRequest, reply: FastifyReply) => Promise<void> | void;

/** Answers a WebSocket request for one suffix; the upgrade is not done yet. */
export type StreamUpgradeHandler = (stream: StreamRequest, request: IncomingMessage, connection: AcceptedConnection, head: Buffer) => Promise<void> | void;

/** The shared HTTP listener. Routes are relative to `http.basePath`. */
export interface HttpService {
  /** Without a slash at the end: `` or `/media`. */
  readonly basePath: string;
  /** Adds routes (a fastify plugin), with `root` at the root instead of below the base path (which a host's server does not give); before listening only. */
  register(routes: (app: FastifyInstance) => Promise<void> | void, options?: { readonly root?: boolean }): void;
  /** Owns `GET /**.suffix` and, with `prefix`, `GET /prefix/STREAM/TOKEN`. */
  stream(options: { readonly suffix: string; readonly prefix?: string }, handler: StreamHandler): void;
  /** The same for WebSocket upgrades. */
  streamUpgrade(options: { readonly suffix: string; readonly prefix?: string }, handler: StreamUpgradeHandler): void;
  /** Names headers, lower case, that may carry a token for a stream, beside `Authorization: Bearer`. */
  readTokensFrom(headers: readonly string[]): void;
  /** The request is a good one, of somebody who may ask it: its connection counts against the caps of strangers no more. A good answer does the same. */
  admit(request: IncomingMessage): void;
  /** Takes the bare socket away from HTTP for good: nothing of HTTP reads, writes or times it any more. */
  hijack(request: FastifyRequest, reply: FastifyReply): AcceptedConnection;
  /** Address of the other end, after trusted proxies. */
  remoteOf(request: IncomingMessage): string;
  /** Every route but those of streams, once it listens: for whoever checks that each is guarded. `url` has `:id` and `*` where something is put in. */
  routes(): readonly { readonly url: string; readonly methods: readonly string[] }[];
}

/** Token of the service. */
export const httpService: ServiceToken<HttpService, ConfigByName<'http', typeof httpConfig>> = service<HttpService>(
  'http',
  () => import('@sluice/plugin-http'),
);
