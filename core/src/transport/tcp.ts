import { lookup } from 'node:dns';
import { createServer, isIP, type LookupFunction, type Server, type Socket, connect as tcpConnect } from 'node:net';
import { createServer as createTlsServer, type TlsOptions, connect as tlsConnect } from 'node:tls';
import { messageOf, SluiceError } from '../error.js';
import { formatAddress, plainAddress } from './address.js';
import type { Certificate } from './certificate.js';
import { shareReads } from './shared-reads.js';
import type { Stranger } from './strangers.js';
import type { AcceptedConnection, ConnectTcpOptions, ListenTcpOptions } from './types.js';

/** One bound TCP address with its server. */
export interface BoundServer {
  readonly server: Server;
  readonly port: number;
  /** Uses another certificate for the connections that come from now on. */
  renew(certificate: Certificate): void;
}

/** Prepares a socket for the data path and wraps it. */
export function acceptSocket(socket: Socket, stranger: Stranger | undefined): AcceptedConnection {
  return wrap(socket, stranger, (onBytes) => socket.on('data', onBytes));
}

/** As `acceptSocket`, for one of a server that shares reads. */
export function acceptSharing(accepted: Socket, stranger: Stranger | undefined): AcceptedConnection {
  let take: ((bytes: Buffer) => void) | undefined;
  const socket = shareReads(accepted, (bytes) => take?.(bytes));
  return wrap(socket, stranger, (onBytes) => {
    take = onBytes;
    socket.resume();
  });
}

function wrap(socket: Socket, stranger: Stranger | undefined, read: AcceptedConnection['read']): AcceptedConnection {
  socket.setNoDelay(true);
  const admit = (): void => stranger?.leave();
  socket.once('close', admit);
  // Without a listener an error would be thrown into the process; sessions look at `close`.
  socket.on('error', () => {});
  return { socket, remote: formatAddress(socket.remoteAddress, socket.remotePort), admit, read };
}

/** A peer that does not finish its TLS handshake is cut. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

function tlsOptions(certificate: Certificate): TlsOptions {
  return { ...certificate, handshakeTimeout: HANDSHAKE_TIMEOUT_MS, minVersion: 'TLSv1.2' };
}

/** Who is told of sockets. `onRaw` gets each as it comes (under TLS before the handshake), `onSocket` what can be talked over. */
export interface BindTcpHandlers {
  readonly onRaw: (socket: Socket) => void;
  readonly onSocket: (socket: Socket) => void;
}

/** What comes over TLS was copied already. */
export function sharesReads({ sharedReads = false, tls }: ListenTcpOptions): boolean {
  return sharedReads && tls === undefined;
}

/** Listens on one host and port, with TLS where there is a certificate. Rejects with the system's error. */
export function bindTcp(
  options: ListenTcpOptions,
  certificate: Certificate | undefined,
  host: string,
  port: number,
  { onRaw, onSocket }: BindTcpHandlers,
): Promise<BoundServer> {
  const serverOptions = { noDelay: true, allowHalfOpen: false, pauseOnConnect: sharesReads(options) };
  const secure = certificate === undefined ? undefined : createTlsServer({ ...serverOptions, ...tlsOptions(certificate) }, onSocket);
  secure?.on('connection', onRaw);
  // A handshake that failed or took too long is told of, and nothing else is done about it.
  secure?.on('tlsClientError', (_error, socket) => socket.destroy());
  const server = secure ?? createServer(serverOptions, onSocket);
  server.maxConnections = options.maxConnections ?? 10_000;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, ipv6Only: true, backlog: 1024 }, () => {
      server.removeListener('error', reject);
      server.on('error', () => {});
      const bound = server.address();
      resolve({
        server,
        port: typeof bound === 'object' && bound !== null ? bound.port : port,
        renew: (next) => secure?.setSecureContext(tlsOptions(next)),
      });
    });
  });
}

/** Connects out. Rejects with `ERR_CONNECT` or `ERR_CONNECT_TARGET`. */
export function connectOut(options: ConnectTcpOptions): Promise<Socket> {
  const { host, port, tls, timeoutMs = 10_000, allow } = options;
  if (allow !== undefined && isIP(host) !== 0 && !allow(plainAddress(host))) return Promise.reject(forbidden(host));
  return new Promise((resolve, reject) => {
    const where = { host, port, ...(allow === undefined ? {} : { lookup: checkedLookup(allow) }) };
    const socket: Socket = tls === undefined ? tcpConnect({ ...where, noDelay: true }) : tlsConnect({ ...where, ...tls });
    const fail = (error: unknown): void => {
      socket.destroy();
      reject(error instanceof SluiceError ? error : failed(options, error));
    };
    const timer = setTimeout(() => fail(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    socket.once('error', fail);
    socket.once('close', () => clearTimeout(timer));
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
      clearTimeout(timer);
      socket.removeListener('error', fail);
      resolve(socket);
    });
  });
}

function failed({ name, host, port }: ConnectTcpOptions, error: unknown): SluiceError {
  // Where a name has several addresses: what the first of them said.
  const cause: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return new SluiceError('ERR_CONNECT', `${name}: cannot connect to ${host}:${port}: ${messageOf(cause)}`, { cause, status: 502 });
}

function forbidden(host: string): SluiceError {
  return new SluiceError('ERR_CONNECT_TARGET', `${host} may not be connected to`, { status: 403 });
}

/** Resolves as usual and leaves out what may not be connected to: a name that answers otherwise the next time gains nothing. */
function checkedLookup(allow: (address: string) => boolean): LookupFunction {
  return (host, options, done) => {
    lookup(host, { ...options, all: true }, (error, found) => {
      const allowed = (found ?? []).filter(({ address }) => allow(plainAddress(address)));
      const [first] = allowed;
      if (error !== null) done(error, '');
      else if (first === undefined) done(forbidden(host), '');
      else if (options.all === true) done(null, allowed);
      else done(null, first.address, first.family);
    });
  };
}
