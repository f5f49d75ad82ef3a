import { type AcceptedConnection, messageOf, plainAddress, SluiceError } from '@sluice/core';
import type { TextLimits } from '@sluice/plugin-wire-text';
import type { SipConfig } from '../config.js';
import { sipError } from '../errors.js';
import type { SipMessage } from '../proto/headers.js';
import { parseDatagram } from '../proto/parse.js';
import { serializeMessage } from '../proto/serialize.js';
import type { SipListenOptions, SipTarget } from '../service.js';
import { type BoundPorts, bindPorts } from './bind-ports.js';
import type { SipRuntime } from './runtime.js';
import { TcpConnection } from './tcp-connection.js';

/** Most bytes of a UDP datagram over IPv4. */
const MAX_DATAGRAM_BYTES = 65_507;

/** What a wire tells. */
export interface WireEvents {
  readonly onMessage: (message: SipMessage, source: SipTarget, byteLength: number) => void;
  readonly onConnectionClosed: (connection: string) => void;
}

/** Messages in and out over UDP and the TCP connections of one port. */
export class Wire {
  readonly #runtime: SipRuntime;
  readonly #config: SipConfig;
  readonly #options: SipListenOptions;
  readonly #events: WireEvents;
  readonly #connections = new Map<string, TcpConnection>();
  #ports: BoundPorts | undefined;
  #connectionCount = 0;
  #closed = false;

  constructor(runtime: SipRuntime, config: SipConfig, options: SipListenOptions, events: WireEvents) {
    this.#runtime = runtime;
    this.#config = config;
    this.#options = options;
    this.#events = events;
  }

  /** Opens the port and gives its number. */
  async open(): Promise<number> {
    const { name, port, host } = this.#options;
    const { maxConnections, maxUnadmittedPerAddress } = this.#config;
    this.#ports = await bindPorts(
      this.#runtime.transport,
      { name, port, maxConnections, maxUnadmittedPerAddress, ...(host === undefined ? {} : { host }) },
      (connection) => void this.#accept(connection),
      (bytes, address, remotePort) => this.#datagram(bytes, address, remotePort),
    );
    return this.#ports.udp.address.port;
  }

  /** Opens a connection, over which the peer is spoken to from now on. Rejects with ERR_CONNECT. */
  async connect(host: string, port: number): Promise<SipTarget> {
    const accepted = await this.#runtime.transport.connectTcp({ name: `${this.#options.name}-out`, host, port });
    if (this.#closed) accepted.socket.destroy();
    const { id, address, port: remotePort } = this.#accept(accepted);
    return { transport: 'tcp', address, port: remotePort, connection: id };
  }

  /** Sends a message made ready by `serializeMessage`. Throws ERR_SIP_UNREACHABLE or ERR_SIP_TOO_LARGE. */
  send(bytes: Buffer, target: SipTarget): void {
    if (this.#closed || this.#ports === undefined) throw sipError('ERR_SIP_UNREACHABLE', 'the endpoint is closed');
    if (target.transport === 'udp') {
      if (bytes.length > MAX_DATAGRAM_BYTES) throw sipError('ERR_SIP_TOO_LARGE', `${bytes.length} bytes do not fit a datagram`);
      this.#ports.udp.send(bytes, target.address, target.port);
      return;
    }
    const connection = this.#connections.get(target.connection ?? '');
    if (connection === undefined) throw sipError('ERR_SIP_UNREACHABLE', `no TCP connection to ${target.address}:${target.port}`);
    connection.send(bytes);
  }

  /** Serialises, tells the trace and sends; gives the bytes for repeats. Throws as `send`. */
  sendMessage(message: SipMessage, target: SipTarget): Buffer {
    const bytes = serializeMessage(message);
    this.send(bytes, target);
    this.trace('out', message, target);
    return bytes;
  }

  /** Tells who listens to every message. */
  trace(direction: 'in' | 'out', message: SipMessage, peer: SipTarget): void {
    try {
      this.#options.onMessage?.(direction, message, peer);
    } catch (error) {
      this.#runtime.log.warn({ err: messageOf(error) }, 'sip: onMessage threw');
    }
  }

  /** The connection is no stranger's. */
  admit(connection: string): void {
    this.#connections.get(connection)?.admit();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const connection of this.#connections.values()) connection.close();
    await Promise.all([this.#ports?.tcp.close(), this.#ports?.udp.close()]);
  }

  #limits(maxMessageBytes: number): Partial<TextLimits> {
    return { maxHeaders: this.#config.maxHeaders, maxHeaderBytes: this.#config.maxHeaderBytes, maxMessageBytes };
  }

  #accept(accepted: AcceptedConnection): { readonly id: string; readonly address: string; readonly port: number } {
    const id = `${this.#options.name}-${++this.#connectionCount}`;
    const options = { messageMs: this.#config.tcpMessageMs, limits: this.#limits(this.#config.maxTcpMessageBytes) };
    const connection = new TcpConnection(accepted, this.#runtime, options, {
      onMessage: (message, byteLength) =>
        this.#deliver(message, { transport: 'tcp', address: connection.address, port: connection.port, connection: id }, byteLength),
      onClosed: () => {
        this.#connections.delete(id);
        this.#events.onConnectionClosed(id);
      },
    });
    this.#connections.set(id, connection);
    return { id, address: connection.address, port: connection.port };
  }

  #datagram(bytes: Buffer, address: string, port: number): void {
    if (this.#closed) return;
    const source: SipTarget = { transport: 'udp', address: plainAddress(address), port };
    try {
      const message = parseDatagram(bytes, this.#limits(this.#config.maxUdpMessageBytes));
      if (message !== undefined) this.#deliver(message, source, bytes.length);
    } catch (error) {
      this.#runtime.count(error instanceof SluiceError ? error.code : 'datagram');
      this.#runtime.log.debug({ remote: `${address}:${port}`, err: messageOf(error) }, 'sip: datagram dropped');
    }
  }

  #deliver(message: SipMessage, source: SipTarget, byteLength: number): void {
    if (this.#closed) return;
    this.trace('in', message, source);
    this.#events.onMessage(message, source, byteLength);
  }
}
