import { bindBoth, formatAddress, type PluginContext } from '@sluice/core';
import { isRtcp, type RtpPacket, tryParseRtp } from '@sluice/plugin-format-rtp';
import type { RtpPsConfig } from '../config.js';
import type { Lease } from './lease.js';
import type { LeaseTable } from './lease-table.js';
import { type ConnectionOrigin, TcpSource } from './tcp-source.js';

/** The single port: every stream's datagrams and connections. */
export class RtpPort {
  readonly #ctx: PluginContext;
  readonly #config: RtpPsConfig;
  readonly #table: LeaseTable;
  #port: number | undefined;

  constructor(ctx: PluginContext, config: RtpPsConfig, table: LeaseTable) {
    this.#ctx = ctx;
    this.#config = config;
    this.#table = table;
  }

  /** The port number, once it is open. */
  get port(): number | undefined {
    return this.#port;
  }

  /** Opens UDP and TCP on one number. Rejects with `ERR_PORT_IN_USE`. */
  async open(): Promise<void> {
    const { port, receiveBufferBytes, maxConnections, maxUnadmittedPerAddress } = this.#config;
    const table = this.#table;
    const bound = await bindBoth(
      this.#ctx.transport,
      { name: 'media', port, receiveBufferBytes },
      { maxConnections, maxUnadmittedPerAddress, sharedReads: true },
      (connection) => new TcpSource(connection, (...first) => this.#leaseOf(...first), table.connections),
      (bytes, address, remotePort, receivedAtMs) => this.#datagram(bytes, address, remotePort, receivedAtMs),
    );
    this.#port = bound.port;
    const send = (bytes: Buffer, address: string, to: number): void => bound.udp.send(bytes, address, to);
    // All on the one port that is open.
    table.ways = { send, sendControl: send };
  }

  /** The lease of a connection that begins with this packet: knowing its SSRC is not enough where somebody else sends it. */
  #leaseOf(packet: RtpPacket, bytes: number, from: ConnectionOrigin, receivedAtMs: number): Lease | undefined {
    const { address, remotePort: port } = from;
    const lease = this.#table.find(packet, address, port, receivedAtMs);
    if (lease === undefined) return this.#table.findOther(packet, bytes, this.#origin('tcp', from), receivedAtMs);
    return lease.admits(packet, { address, port }, receivedAtMs) ? lease : undefined;
  }

  #datagram(bytes: Buffer, address: string, port: number, receivedAtMs: number): void {
    if (isRtcp(bytes)) {
      if (bytes.length >= 8) this.#table.of(bytes.readUInt32BE(4), address)?.receiveControl(bytes, address, port, true, receivedAtMs);
      return;
    }
    const packet = tryParseRtp(bytes);
    if (typeof packet === 'string') {
      this.#ctx.count('not-rtp');
      return;
    }
    const lease =
      this.#table.find(packet, address, port, receivedAtMs) ??
      this.#table.findOther(packet, bytes.length, this.#origin('udp', { address, remotePort: port, remote: formatAddress(address, port) }), receivedAtMs);
    lease?.receiveDatagram(packet, bytes, address, port, receivedAtMs);
  }

  #origin(transport: 'udp' | 'tcp', { address, remote, remotePort }: ConnectionOrigin) {
    return { transport, address, remote, remotePort, port: this.#port ?? 0 };
  }
}
