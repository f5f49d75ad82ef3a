import { bindBoth, type Cancel, type PluginContext, rateLimited } from '@sluice/core';
import { isRtcp, tryParseRtp } from '@sluice/plugin-format-rtp';
import type { RtpPsConfig } from '../config.js';
import type { LeaseTable } from './lease-table.js';
import { TcpSource, type TcpSourceContext } from './tcp-source.js';

const TICK_MS = 50;

/** The single port: every stream's datagrams and connections. */
export class RtpPort {
  readonly #ctx: PluginContext;
  readonly #config: RtpPsConfig;
  readonly #table: LeaseTable;
  #port: number | undefined;
  #stopTicks: Cancel | undefined;

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
    const { clock, log, transport } = this.#ctx;
    const shared: TcpSourceContext = { clock, count: (kind) => this.#ctx.count(kind), warnOften: rateLimited(log, clock) };
    const bound = await bindBoth(
      transport,
      { name: 'media', port, receiveBufferBytes },
      { maxConnections },
      (connection) => new TcpSource(connection, this.#table, shared),
      (bytes, address, remotePort, receivedAtMs) => this.#datagram(bytes, address, remotePort, receivedAtMs),
    );
    this.#port = bound.port;
    this.#stopTicks = clock.every(TICK_MS, () => this.#tick());
  }

  close(): void {
    this.#stopTicks?.();
  }

  #datagram(bytes: Buffer, address: string, port: number, receivedAtMs: number): void {
    if (isRtcp(bytes)) return;
    const packet = tryParseRtp(bytes);
    if (typeof packet === 'string') {
      this.#ctx.count('not-rtp');
      return;
    }
    this.#table.find(packet, address, address)?.receiveDatagram(packet, bytes.length, address, port, receivedAtMs);
  }

  #tick(): void {
    const nowMs = this.#ctx.clock.now();
    const receivedNowMs = this.#ctx.transport.now();
    for (const lease of this.#table.leases) lease.tick(nowMs, receivedNowMs);
  }
}
