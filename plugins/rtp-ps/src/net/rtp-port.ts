import { bindBoth, formatAddress, type PluginContext } from '@sluice/core';
import { isRtcp, tryParseRtp } from '@sluice/plugin-format-rtp';
import type { RtpPsConfig } from '../config.js';
import type { LeaseTable } from './lease-table.js';
import { TcpSource } from './tcp-source.js';

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
    const { port, receiveBufferBytes, maxConnections } = this.#config;
    const table = this.#table;
    const bound = await bindBoth(
      this.#ctx.transport,
      { name: 'media', port, receiveBufferBytes },
      { maxConnections },
      (connection) =>
        new TcpSource(connection, (packet, bytes, from) => table.find(packet) ?? table.findOther(packet, bytes, this.#origin('tcp', from)), table.connections),
      (bytes, address, remotePort, receivedAtMs) => this.#datagram(bytes, address, remotePort, receivedAtMs),
    );
    this.#port = bound.port;
    const send = (bytes: Buffer, address: string, to: number): void => bound.udp.send(bytes, address, to);
    // All on the one port that is open.
    table.ways = { send, sendControl: send };
  }

  #datagram(bytes: Buffer, address: string, port: number, receivedAtMs: number): void {
    if (isRtcp(bytes)) {
      if (bytes.length >= 8) this.#table.of(bytes.readUInt32BE(4))?.receiveControl(bytes, address, port, true, receivedAtMs);
      return;
    }
    const packet = tryParseRtp(bytes);
    if (typeof packet === 'string') {
      this.#ctx.count('not-rtp');
      return;
    }
    const lease =
      this.#table.find(packet) ?? this.#table.findOther(packet, bytes.length, this.#origin('udp', { address, remote: formatAddress(address, port) }));
    lease?.receiveDatagram(packet, bytes, address, port, receivedAtMs);
  }

  #origin(transport: 'udp' | 'tcp', { address, remote }: { readonly address: string; readonly remote: string }) {
    return { transport, address, remote, port: this.#port ?? 0 };
  }
}
