import { type CloseReason, closeReason, type PluginContext } from '@sluice/core';
import type { RtpPsConfig } from '../config.js';
import { rtpPsError } from '../errors.js';
import { parseAdvertised } from '../proto/advertised.js';
import { formatSsrc, parseSsrc } from '../proto/ssrc.js';
import { SsrcAllocator } from '../proto/ssrc-allocator.js';
import type { Receiver, ReceiverOptions, RtpPsService } from '../service.js';
import type { Lease } from './lease.js';
import { LeaseTable } from './lease-table.js';
import { RtpPort } from './rtp-port.js';

/** The service: SSRCs, and leases of them on the single port. */
export class LocalRtpPs implements RtpPsService {
  readonly #ctx: PluginContext;
  readonly #config: RtpPsConfig;
  readonly #table: LeaseTable;
  readonly #port: RtpPort;
  readonly #ssrcs = new SsrcAllocator();

  constructor(ctx: PluginContext, config: RtpPsConfig) {
    this.#ctx = ctx;
    this.#config = config;
    this.#table = new LeaseTable(ctx, config);
    this.#port = new RtpPort(ctx, config, this.#table);
  }

  listen(): Promise<void> {
    return this.#port.open();
  }

  /** Ends every lease. */
  async close(): Promise<void> {
    this.#port.close();
    await Promise.all([...this.#table.leases].map((lease) => lease.close(closeReason('shutdown'))));
  }

  allocateSsrc(domainId: string, kind: 'live' | 'history'): string {
    return this.#ssrcs.allocate(domainId, kind, this.#ctx.clock.now(), (ssrc) => this.#table.has(ssrc));
  }

  releaseSsrc(ssrc: string): void {
    this.#ssrcs.release(ssrc, this.#ctx.clock.now());
  }

  async open(options: ReceiverOptions): Promise<Receiver> {
    if (options.transport === 'tcp-active') throw rtpPsError('ERR_RTP_TRANSPORT', 'connecting to the camera (tcp-active) is not offered');
    const ssrc = parseSsrc(options.ssrc);
    // The lease first: an address takes a moment, and the SSRC must not be taken twice meanwhile.
    const lease = this.#table.open(ssrc, { ...options, trusted: true }, () => this.releaseSsrc(options.ssrc));
    try {
      return this.#receiver(lease, ssrc, await this.#address(options.remoteHint));
    } catch (error) {
      await lease.close(closeReason('ended', 'not opened'));
      throw error;
    }
  }

  #receiver(lease: Lease, first: number, address: { readonly host: string; readonly port: number }): Receiver {
    const table = this.#table;
    let ssrc = formatSsrc(first);
    return {
      ...address,
      get ssrc() {
        return ssrc;
      },
      live: lease.live,
      rekey(to: string): void {
        table.rekey(lease, parseSsrc(to));
        ssrc = to;
      },
      close: (reason: CloseReason) => lease.close(reason),
    };
  }

  /** What the sender is told. */
  async #address(remoteHint: string | undefined): Promise<{ readonly host: string; readonly port: number }> {
    const { port } = this.#port;
    if (port === undefined) throw rtpPsError('ERR_RTP_NOT_LISTENING', 'the media port is not open yet');
    const { advertise } = this.#config;
    if (advertise !== undefined) return { port, ...parseAdvertised(advertise) };
    // Without a hint any route will do: documentation addresses (RFC 5737) are routed like the rest of the world.
    return { host: await this.#ctx.transport.localAddressFor(remoteHint ?? '192.0.2.1'), port };
  }
}
