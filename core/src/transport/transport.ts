import type { Socket } from 'node:net';
import { messageOf, SluiceError } from '../error.js';
import { isWildcard, plainAddress } from './address.js';
import { type Certificate, type CertificateSource, readCertificate, watchCertificate } from './certificate.js';
import { Handshakes } from './handshakes.js';
import { flushSocket } from './socket-sink.js';
import { StrangerCaps } from './strangers.js';
import { acceptSharing, acceptSocket, type BoundServer, bindTcp, connectOut, sharesReads } from './tcp.js';
import type {
  AcceptedConnection,
  BindUdpOptions,
  ConnectTcpOptions,
  DatagramHandler,
  ListenAddress,
  Listener,
  ListenTcpOptions,
  Transport,
  UdpPort,
} from './types.js';
import { bindDatagram, routeAddress } from './udp.js';

/** All addresses of an engine, whoever opened them. */
export class AddressBook {
  readonly #entries: ListenAddress[] = [];

  add(address: ListenAddress): void {
    this.#entries.push(address);
  }
  remove(address: ListenAddress): void {
    const at = this.#entries.indexOf(address);
    if (at >= 0) this.#entries.splice(at, 1);
  }
  list(): ListenAddress[] {
    return [...this.#entries];
  }
}

/** Who is told what an operator should know. */
export interface Notices {
  info(message: string): void;
  /** Answers how to take it back. */
  warn(message: string): () => void;
}

const NO_NOTICES: Notices = { info: () => {}, warn: () => () => {} };

/** IPv6 is extra: a machine without it is no reason not to start. */
const NO_IPV6 = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EINVAL']);
const SAME_PORT_TRIES = 20;

/** The sockets of one plugin: named, capped, counted, and closed with it. */
export class LocalTransport implements Transport {
  readonly #plugin: string;
  readonly #host: string | undefined;
  readonly #book: AddressBook;
  readonly #sockets = new Set<Socket>();
  readonly #onError: (error: unknown) => void;
  readonly #notices: Notices;
  readonly #listeners = new Set<() => Promise<void>>();
  readonly #udpPorts = new Set<() => Promise<void>>();
  #disposed = false;

  /** `onError` is told what the plugin's handlers throw: a bad peer ends its own connection, never the process. */
  constructor(plugin: string, host: string | undefined, book: AddressBook, onError: (error: unknown) => void = () => {}, notices: Notices = NO_NOTICES) {
    this.#plugin = plugin;
    this.#host = host;
    this.#book = book;
    this.#onError = onError;
    this.#notices = notices;
  }

  now(): number {
    return performance.now();
  }

  /** Connections open now. */
  get connections(): number {
    return this.#sockets.size;
  }

  async listenTcp(options: ListenTcpOptions, onConnection: (connection: AcceptedConnection) => void): Promise<Listener> {
    const { maxUnadmittedPerAddress = 64, maxConnections = 10_000 } = options;
    const caps = new StrangerCaps(maxUnadmittedPerAddress);
    const open = new Set<Socket>();
    const onSocket = (socket: Socket): void => {
      const from = plainAddress(socket.remoteAddress ?? '');
      // Sharing reads takes the connection over from the socket that was accepted.
      let current = socket;
      const refuse = (): void => this.#refuse(current, `${options.name}: ${from} has ${maxUnadmittedPerAddress} connections that say nothing good`);
      if (open.size >= maxConnections) {
        this.#refuse(socket, `${options.name}: all ${maxConnections} connections are taken`);
        return;
      }
      const stranger = caps.enter(from, refuse);
      if (stranger === undefined) {
        refuse();
        return;
      }
      this.#guard(socket, () => {
        const connection = sharesReads(options) ? acceptSharing(socket, stranger) : acceptSocket(socket, stranger);
        current = connection.socket;
        open.add(current);
        connection.socket.once('close', () => open.delete(connection.socket));
        this.#guard(connection.socket, () => onConnection(this.#track(connection)));
      });
    };
    const certificate = options.tls === undefined ? undefined : await readCertificate(options.tls);
    const handshakes = this.#handshakes(options.name, maxUnadmittedPerAddress);
    const onSecure = (socket: Socket): void => {
      handshakes.end(socket);
      onSocket(socket);
    };
    const handlers = { onRaw: handshakes.begin, onSocket: certificate === undefined ? onSocket : onSecure };
    const bind = (host: string, port: number) => bindTcp(options, certificate, host, port, handlers);
    const bound = await this.#bindFamilies(options.host, options.port, 'tcp', bind, ({ server }) => server.close());
    const address = this.#address(options.name, 'tcp', bound.host, bound.port, options.tls !== undefined);
    const stopWatching = options.tls === undefined || certificate === undefined ? undefined : this.#renew(options.name, options.tls, certificate, bound.all);
    const close = async (): Promise<void> => {
      if (!this.#listeners.delete(close)) return;
      stopWatching?.();
      this.#book.remove(address);
      for (const { server } of bound.all) server.close();
    };
    this.#listeners.add(close);
    return {
      address,
      get connections() {
        return open.size;
      },
      close,
    };
  }

  async connectTcp(options: ConnectTcpOptions): Promise<AcceptedConnection> {
    this.#checkOpen();
    const socket = await connectOut(options);
    const connection = this.#track(acceptSocket(socket, undefined));
    if (this.#disposed) socket.destroy();
    this.#checkOpen();
    return connection;
  }

  adoptTcp(socket: Socket): AcceptedConnection {
    this.#checkOpen();
    return this.#track(acceptSocket(socket, undefined));
  }

  async bindUdp(options: BindUdpOptions, onDatagram: DatagramHandler): Promise<UdpPort> {
    const guarded: DatagramHandler = (bytes, from, fromPort, receivedAtMs) => {
      try {
        onDatagram(bytes, from, fromPort, receivedAtMs);
      } catch (error) {
        this.#onError(error);
      }
    };
    const bind = (host: string, port: number) => bindDatagram(host, port, options.receiveBufferBytes, guarded);
    const bound = await this.#bindFamilies(options.host, options.port, 'udp', bind, ({ socket }) => socket.close());
    const address = this.#address(options.name, 'udp', bound.host, bound.port, false);
    const v4 = bound.all.find(({ socket }) => socket.address().family === 'IPv4')?.socket;
    const v6 = bound.all.find(({ socket }) => socket.address().family === 'IPv6')?.socket;
    const close = async (): Promise<void> => {
      if (!this.#udpPorts.delete(close)) return;
      this.#book.remove(address);
      for (const { socket } of bound.all) socket.close();
    };
    this.#udpPorts.add(close);
    return {
      address,
      // A datagram that cannot be sent is like one that was lost.
      send: (bytes, to, port) => {
        if (this.#udpPorts.has(close)) (to.includes(':') ? v6 : v4)?.send(bytes, port, to, () => {});
      },
      close,
    };
  }

  localAddressFor(remote: string): Promise<string> {
    return routeAddress(plainAddress(remote));
  }

  #checkOpen(): void {
    if (this.#disposed) throw new SluiceError('ERR_TRANSPORT_CLOSED', `plugin '${this.#plugin}' is stopped and opens no sockets`, { plugin: this.#plugin });
  }

  #guard(socket: Socket, run: () => void): void {
    try {
      run();
    } catch (error) {
      socket.destroy();
      this.#onError(error);
    }
  }

  #refuse(socket: Socket, why: string): void {
    socket.destroy();
    this.#onError(new SluiceError('ERR_CONNECTION_REFUSED', why, { plugin: this.#plugin, status: 503 }));
  }

  /** Sockets in their TLS handshake: cut where there are too many of an address, and with the plugin. */
  #handshakes(name: string, max: number): { begin(raw: Socket): void; end(secure: Socket): void } {
    const handshakes = new Handshakes(max, (socket, address) => this.#refuse(socket, `${name}: ${address} has ${max} TLS handshakes that are not done`));
    const begin = (raw: Socket): void => {
      if (!handshakes.begin(raw)) return;
      this.#sockets.add(raw);
      raw.once('close', () => this.#sockets.delete(raw));
    };
    return { begin, end: (secure) => handshakes.end(secure) };
  }

  /** Keeps the certificate of a listener up to date. Answers how to stop. */
  #renew(name: string, source: CertificateSource, inUse: Certificate, servers: readonly BoundServer[]): () => void {
    let withdraw = (): void => {};
    const stop = watchCertificate(source, inUse, {
      changed: (certificate) => {
        for (const server of servers) server.renew(certificate);
        this.#notices.info(`${name}: the certificate was renewed`);
      },
      unusable: (error) => {
        withdraw();
        withdraw = this.#notices.warn(`${name}: the old certificate stays in use: ${error.message}`);
        this.#onError(error);
      },
      recovered: () => withdraw(),
    });
    return () => {
      stop();
      withdraw();
    };
  }

  /** Counts the connection with the plugin's. What is thrown where it is read ends it, and nothing else. */
  #track(connection: AcceptedConnection): AcceptedConnection {
    const { socket } = connection;
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    const read: AcceptedConnection['read'] = (onBytes) =>
      connection.read((bytes) => {
        try {
          onBytes(bytes);
        } catch (error) {
          socket.destroy();
          this.#onError(error);
        }
      });
    return { ...connection, read };
  }

  #address(name: string, protocol: 'tcp' | 'udp', host: string, port: number, secure: boolean): ListenAddress {
    const address: ListenAddress = { name, plugin: this.#plugin, protocol, host, port, secure };
    this.#book.add(address);
    return address;
  }

  /** Binds a host, or every IPv4 and (where there is one) IPv6 interface on one and the same port. */
  async #bindFamilies<B extends { readonly port: number }>(
    wanted: string | undefined,
    port: number,
    protocol: 'tcp' | 'udp',
    bind: (host: string, port: number) => Promise<B>,
    unbind: (bound: B) => void,
  ): Promise<{ host: string; port: number; all: B[] }> {
    this.#checkOpen();
    const host = wanted ?? this.#host ?? '0.0.0.0';
    const first = await bind(host, port).catch((error) => this.#failed(error, protocol, host, port));
    if (this.#disposed) unbind(first);
    this.#checkOpen();
    if (wanted !== undefined || this.#host !== undefined || !isWildcard(host)) return { host, port: first.port, all: [first] };
    const second = await bind('::', first.port).catch((error: NodeJS.ErrnoException) => {
      // On a port the system chose, the other family may be taken by chance: IPv4 alone will do.
      if (NO_IPV6.has(error.code ?? '') || port === 0) return undefined;
      unbind(first);
      return this.#failed(error, protocol, '::', port);
    });
    const all = second === undefined ? [first] : [first, second];
    if (this.#disposed) for (const bound of all) unbind(bound);
    this.#checkOpen();
    return { host, port: first.port, all };
  }

  /** Who has a port: one of us, or somebody else. */
  #holder(protocol: string, port: number): string {
    const ours = this.#book.list().find((address) => address.protocol === protocol && address.port === port);
    return ours === undefined ? 'another program' : `plugin '${ours.plugin}' of this server (${ours.name})`;
  }

  #failed(error: NodeJS.ErrnoException, protocol: string, host: string, port: number): never {
    const where = `${protocol.toUpperCase()} port ${port} of ${host}`;
    if (error.code === 'EADDRINUSE') {
      throw new SluiceError('ERR_PORT_IN_USE', `plugin '${this.#plugin}' cannot listen on ${where}: ${this.#holder(protocol, port)} uses it`, {
        plugin: this.#plugin,
        cause: error,
      });
    }
    throw new SluiceError('ERR_LISTEN', `plugin '${this.#plugin}' cannot listen on ${where}: ${messageOf(error)}`, { plugin: this.#plugin, cause: error });
  }

  /** Accepts no more connections. UDP ports stay: farewells go out over them. */
  async closeListeners(): Promise<void> {
    for (const close of [...this.#listeners]) await close();
  }

  /** Closes everything; what is queued on connections may still go for `flushMs`. */
  async dispose(flushMs = 0): Promise<void> {
    this.#disposed = true;
    await this.closeListeners();
    await Promise.all([...this.#sockets].map((socket) => flushSocket(socket, flushMs)));
    for (const socket of this.#sockets) socket.destroy();
    for (const close of [...this.#udpPorts]) await close();
  }
}

/** Binds UDP and TCP on one port number: with port 0, tries until a number is free for both. */
export async function bindBoth(
  transport: Transport,
  options: { readonly name: string; readonly port: number; readonly host?: string; readonly receiveBufferBytes?: number },
  tcp: Omit<ListenTcpOptions, 'name' | 'port' | 'host'>,
  onConnection: (connection: AcceptedConnection) => void,
  onDatagram: DatagramHandler,
): Promise<{ listener: Listener; udp: UdpPort; port: number }> {
  for (let tries = 1; ; tries++) {
    const listener = await transport.listenTcp({ ...tcp, ...withHost(options), name: `${options.name}/tcp`, port: options.port }, onConnection);
    const { port } = listener.address;
    try {
      const buffer = options.receiveBufferBytes === undefined ? {} : { receiveBufferBytes: options.receiveBufferBytes };
      const udp = await transport.bindUdp({ ...withHost(options), ...buffer, name: `${options.name}/udp`, port }, onDatagram);
      return { listener, udp, port };
    } catch (error) {
      await listener.close();
      if (options.port !== 0 || tries >= SAME_PORT_TRIES) throw error;
    }
  }
}

function withHost(options: { readonly host?: string }): { readonly host?: string } {
  return options.host === undefined ? {} : { host: options.host };
}
