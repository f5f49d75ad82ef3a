import { type PluginContext, SluiceError } from '@sluice/core';
import type { RtpPacket } from '@sluice/plugin-format-rtp';
import type { RtpPsConfig } from '../config.js';
import { rtpPsError } from '../errors.js';
import { formatSsrc } from '../proto/ssrc.js';
import { UnknownSsrcs } from '../proto/unknown-ssrcs.js';
import { Lease, type LeaseOptions } from './lease.js';

/** Streams adopted at once: anybody may send to the port. */
const MAX_ADOPTED = 256;
const PACK_START = 0x000001ba;

/** Who receives which SSRC. */
export class LeaseTable {
  readonly #ctx: PluginContext;
  readonly #config: RtpPsConfig;
  readonly #bySsrc = new Map<number, Lease>();
  /** SSRCs of each lease: two while it is not known yet whether a device takes the new one. */
  readonly #ssrcs = new Map<Lease, Set<number>>();
  readonly #onRelease = new Map<Lease, () => void>();
  readonly #unknown = new UnknownSsrcs();
  #adopted = 0;

  constructor(ctx: PluginContext, config: RtpPsConfig) {
    this.#ctx = ctx;
    this.#config = config;
  }

  /** Leases open. */
  get leases(): IterableIterator<Lease> {
    return this.#ssrcs.keys();
  }

  /** True where somebody receives this SSRC. */
  has(ssrc: number): boolean {
    return this.#bySsrc.has(ssrc);
  }

  /** Opens a lease. `onRelease` is called once, when it is over. Throws `ERR_RTP_SSRC_BUSY`. */
  open(ssrc: number, options: LeaseOptions, onRelease: () => void = () => {}): Lease {
    this.#checkFree(ssrc);
    const lease = new Lease(options, { ctx: this.#ctx, config: this.#config, release: (over) => this.#release(over) });
    this.#bySsrc.set(ssrc, lease);
    this.#ssrcs.set(lease, new Set([ssrc]));
    this.#onRelease.set(lease, onRelease);
    return lease;
  }

  /** Expects another SSRC; the one before stays good until the first packet tells which is sent. Throws `ERR_RTP_SSRC_BUSY`. */
  rekey(lease: Lease, ssrc: number): void {
    const ssrcs = this.#ssrcs.get(lease);
    if (ssrcs === undefined || ssrcs.has(ssrc)) return;
    this.#checkFree(ssrc);
    if (!lease.isPending) this.#forget(ssrcs);
    ssrcs.add(ssrc);
    this.#bySsrc.set(ssrc, lease);
  }

  /**
   * The lease a packet belongs to: by its exact SSRC, else by the address of a sender that is waited for, where that is
   * one lease alone. Unknown ones are counted and told of, at a limited rate.
   */
  find(packet: RtpPacket, address: string, remote: string): Lease | undefined {
    const lease = this.#bySsrc.get(packet.ssrc);
    if (lease === undefined) return this.#waitedFor(packet.ssrc, address) ?? this.#unknownSsrc(packet, remote);
    if (lease.isPending) this.#settle(lease, packet.ssrc);
    return lease;
  }

  #checkFree(ssrc: number): void {
    if (this.#bySsrc.has(ssrc)) throw rtpPsError('ERR_RTP_SSRC_BUSY', `SSRC ${formatSsrc(ssrc)} is being received already`);
  }

  #settle(lease: Lease, ssrc: number): void {
    const ssrcs = this.#ssrcs.get(lease);
    if (ssrcs === undefined || (ssrcs.size === 1 && ssrcs.has(ssrc))) return;
    this.#forget(ssrcs);
    ssrcs.add(ssrc);
    this.#bySsrc.set(ssrc, lease);
  }

  #forget(ssrcs: Set<number>): void {
    for (const ssrc of ssrcs) this.#bySsrc.delete(ssrc);
    ssrcs.clear();
  }

  /** Devices that send another SSRC than they were told (0, or any): known by their address. */
  #waitedFor(ssrc: number, address: string): Lease | undefined {
    let found: Lease | undefined;
    for (const lease of this.#ssrcs.keys()) {
      if (!lease.isPending || lease.remoteHint !== address) continue;
      if (found !== undefined) return undefined;
      found = lease;
    }
    if (found === undefined) return undefined;
    this.#ctx.log.warn({ stream: found.path, ssrc: formatSsrc(ssrc), remote: address }, 'the device sends another SSRC than it was told; taken by its address');
    this.#settle(found, ssrc);
    return found;
  }

  #unknownSsrc(packet: RtpPacket, remote: string): Lease | undefined {
    const isPs = packet.payload.length >= 4 && packet.payload.readUInt32BE(0) === PACK_START;
    if (this.#config.unknownSsrc === 'adopt' && isPs && this.#adopted < MAX_ADOPTED) return this.#adopt(packet.ssrc, remote);
    this.#ctx.count('unknown-ssrc');
    const packets = this.#unknown.count(packet.ssrc, this.#ctx.clock.now());
    if (packets === undefined) return undefined;
    const data = { ssrc: formatSsrc(packet.ssrc), remote, packets };
    this.#ctx.log.warn({ ...data, unknown: this.#unknown.packets }, 'RTP of an SSRC that nobody asked for');
    this.#ctx.report('rtp-ps.unknown-ssrc', data);
    return undefined;
  }

  #adopt(ssrc: number, remote: string): Lease | undefined {
    const path = `gb/${formatSsrc(ssrc)}`;
    try {
      const lease = this.open(ssrc, { path, transport: 'udp', trusted: false }, () => {
        this.#adopted--;
      });
      this.#adopted++;
      this.#ctx.log.info({ stream: path, remote }, 'unknown SSRC adopted');
      return lease;
    } catch (error) {
      if (error instanceof SluiceError) return undefined;
      throw error;
    }
  }

  #release(lease: Lease): void {
    this.#forget(this.#ssrcs.get(lease) ?? new Set());
    this.#ssrcs.delete(lease);
    const onRelease = this.#onRelease.get(lease);
    this.#onRelease.delete(lease);
    onRelease?.();
  }
}
