import type { Socket } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import type { CertificateSource } from './certificate.js';

/** Where something listens. `name` is stable across restarts (`plugin/port-name`). */
export interface ListenAddress {
  readonly name: string;
  readonly plugin: string;
  readonly protocol: 'tcp' | 'udp';
  readonly host: string;
  readonly port: number;
  /** True where TLS is spoken. */
  readonly secure: boolean;
}

/** How to listen for connections. */
export interface ListenTcpOptions {
  /** Stable name, unique in the plugin. */
  readonly name: string;
  readonly port: number;
  /** Default: `engine.host`, and `::` beside `0.0.0.0` where there is IPv6. */
  readonly host?: string;
  /** Speaks TLS. Files are looked at now and then, and a changed certificate is for the connections that come after. */
  readonly tls?: CertificateSource;
  /**
   * Reads all connections into one buffer, which is a good deal cheaper where much comes in. `AcceptedConnection.read` is the only way to the
   * bytes then, and who wants to keep them copies them.
   */
  readonly sharedReads?: boolean;
  /** Most connections at once. Default 10,000. */
  readonly maxConnections?: number;
  /**
   * Most connections from one address that were not admitted within a second. Default 64; sixteen times as many may come at once. While an
   * address has so many, its next ones have half a second.
   */
  readonly maxUnadmittedPerAddress?: number;
}

/** A bare socket with `noDelay` set, and what the transport wants to know of it. */
export interface AcceptedConnection {
  readonly socket: Socket;
  /** `address:port` of the peer. */
  readonly remote: string;
  /** The connection proved to be a good one: it counts against the caps of strangers no more. */
  admit(): void;
  /** Begins to read; to be called once. Where the listener shares reads, the bytes are overwritten after `onBytes` returns. */
  read(onBytes: (bytes: Buffer) => void): void;
}

/** How to connect out. */
export interface ConnectTcpOptions {
  readonly name: string;
  /** Name or address. */
  readonly host: string;
  readonly port: number;
  /** Longest time until the connection, with its TLS, is there. Default 10,000. */
  readonly timeoutMs?: number;
  readonly tls?: SecureContextOptions & { servername?: string };
  /** Whether an address of the host may be connected to. Asked after resolving: what passes is what is connected to. */
  readonly allow?: (address: string) => boolean;
}

/** Something that listens. */
export interface Listener {
  readonly address: ListenAddress;
  /** Connections open now. */
  readonly connections: number;
  /** Accepts no more; open connections stay. */
  close(): Promise<void>;
}

/** How to open a UDP port. */
export interface BindUdpOptions {
  readonly name: string;
  readonly port: number;
  readonly host?: string;
  /** Kernel receive buffer in bytes; what the kernel refuses is not an error. */
  readonly receiveBufferBytes?: number;
}

/** A datagram as it came. `receivedAtMs` is monotonic. */
export type DatagramHandler = (bytes: Buffer, address: string, port: number, receivedAtMs: number) => void;

/** An open UDP port. */
export interface UdpPort {
  readonly address: ListenAddress;
  send(bytes: Uint8Array, address: string, port: number): void;
  close(): Promise<void>;
}

/** The only way to sockets. Everything opened is closed with the plugin that opened it. */
export interface Transport {
  /**
   * Rejects with `ERR_PORT_IN_USE` (names plugin and port), `ERR_LISTEN`, `ERR_CONFIG_CERTIFICATE` where there is none to use, or
   * `ERR_TRANSPORT_CLOSED` once the plugin is disposed.
   */
  listenTcp(options: ListenTcpOptions, onConnection: (connection: AcceptedConnection) => void): Promise<Listener>;
  /** Connects out. Rejects with `ERR_CONNECT` (502), or `ERR_CONNECT_TARGET` (403) where `allow` let no address pass. */
  connectTcp(options: ConnectTcpOptions): Promise<AcceptedConnection>;
  /** A connection that a server outside the engine accepted, taken over: counted as the plugin's, and closed with it. */
  adoptTcp(socket: Socket): AcceptedConnection;
  bindUdp(options: BindUdpOptions, onDatagram: DatagramHandler): Promise<UdpPort>;
  /** The local address on the route to `remote`: what a peer there should be told. */
  localAddressFor(remote: string): Promise<string>;
  /** Monotonic milliseconds. */
  now(): number;
}
