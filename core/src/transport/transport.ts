import type { Socket } from 'node:net';
import { messageOf, SluiceError } from '../error.js';
import { isWildcard, plainAddress } from './address.js';
import { acceptSocket, bindTcp, connectOut, UnadmittedCaps } from './tcp.js';
import type { AcceptedConnection, BindUdpOptions, DatagramHandler, ListenAddress, Listener, ListenTcpOptions, Transport, UdpPort } from './types.js';
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

/** IPv6 is extra: a machine without it is no reason not to start. */
const NO_IPV6 = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EINVAL']);
const SAME_PORT_TRIES = 20;

/** The sockets of one plugin: named, capped, counted, and closed with it. */
export class LocalTransport implements Transport {
  readonly #plugin: string;
  readonly #host: string | undefined;
  readonly #book: AddressBook;
  readonly #sockets = new Set<Socket>();
  readonly #closers = new Set<() => Promise<void>>();

  constructor(plugin: string, host: string | undefined, book: AddressBook) {
    this.#plugin = plugin;
    this.#host = host;
    this.#book = book;
  }

  now(): number {
    return performance.now();
  }

  /** Connections open now. */
  get connections(): number {
    return this.#sockets.size;
  }

  async listenTcp(options: ListenTcpOptions, onConnection: (connection: AcceptedConnection) => void): Promise<Listener> {
    const caps = new UnadmittedCaps(options.maxUnadmittedPerAddress ?? 64);
    const open = new Set<Socket>();
    const onSocket = (socket: Socket): void => {
      if (!caps.enter(plainAddress(socket.remoteAddress ?? ''))) {
        socket.destroy();
        return;
      }
      open.add(socket);
      socket.once('close', () => open.delete(socket));
      onConnection(this.#track(acceptSocket(socket, caps)));
    };
    const bound = await this.#bindFamilies(options.host, options.port, 'tcp', (host, port) => bindTcp(options, host, port, onSocket));
    const address = this.#address(options.name, 'tcp', bound.host, bound.port, options.tls !== undefined);
    const close = async (): Promise<void> => {
      if (!this.#closers.delete(close)) return;
      this.#book.remove(address);
      for (const { server } of bound.all) server.close();
    };
    this.#closers.add(close);
    return {
      address,
      get connections() {
        return open.size;
      },
      close,
    };
  }

  async connectTcp(options: Parameters<Transport['connectTcp']>[0]): Promise<AcceptedConnection> {
    return this.#track(acceptSocket(await connectOut(options), undefined));
  }

  async bindUdp(options: BindUdpOptions, onDatagram: DatagramHandler): Promise<UdpPort> {
    const bind = (host: string, port: number) => bindDatagram(host, port, options.receiveBufferBytes, onDatagram);
    const bound = await this.#bindFamilies(options.host, options.port, 'udp', bind);
    const address = this.#address(options.name, 'udp', bound.host, bound.port, false);
    const v4 = bound.all.find(({ socket }) => socket.address().family === 'IPv4')?.socket;
    const v6 = bound.all.find(({ socket }) => socket.address().family === 'IPv6')?.socket;
    const close = async (): Promise<void> => {
      if (!this.#closers.delete(close)) return;
      this.#book.remove(address);
      for (const { socket } of bound.all) socket.close();
    };
    this.#closers.add(close);
    return {
      address,
      // A datagram that cannot be sent is like one that was lost.
      send: (bytes, to, port) => {
        if (this.#closers.has(close)) (to.includes(':') ? v6 : v4)?.send(bytes, port, to, () => {});
      },
      close,
    };
  }

  localAddressFor(remote: string): Promise<string> {
    return routeAddress(plainAddress(remote));
  }

  #track(connection: AcceptedConnection): AcceptedConnection {
    const { socket } = connection;
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    return connection;
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
  ): Promise<{ host: string; port: number; all: B[] }> {
    const host = wanted ?? this.#host ?? '0.0.0.0';
    const first = await bind(host, port).catch((error) => this.#failed(error, protocol, host, port));
    if (wanted !== undefined || this.#host !== undefined || !isWildcard(host)) return { host, port: first.port, all: [first] };
    const second = await bind('::', first.port).catch((error: NodeJS.ErrnoException) => {
      // On a port the system chose, the other family may be taken by chance: IPv4 alone will do.
      if (NO_IPV6.has(error.code ?? '') || port === 0) return undefined;
      return this.#failed(error, protocol, '::', port);
    });
    return { host, port: first.port, all: second === undefined ? [first] : [first, second] };
  }

  #failed(error: NodeJS.ErrnoException, protocol: string, host: string, port: number): never {
    const where = `${protocol.toUpperCase()} port ${port} of ${host}`;
    if (error.code === 'EADDRINUSE') {
      throw new SluiceError('ERR_PORT_IN_USE', `plugin '${this.#plugin}' cannot listen on ${where}: another program uses it`, {
        plugin: this.#plugin,
        cause: error,
      });
    }
    throw new SluiceError('ERR_LISTEN', `plugin '${this.#plugin}' cannot listen on ${where}: ${messageOf(error)}`, { plugin: this.#plugin, cause: error });
  }

  /** Accepts no more. */
  async closeListeners(): Promise<void> {
    for (const close of [...this.#closers]) await close();
  }

  /** Cuts what is still open. */
  async dispose(): Promise<void> {
    await this.closeListeners();
    for (const socket of this.#sockets) socket.destroy();
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
