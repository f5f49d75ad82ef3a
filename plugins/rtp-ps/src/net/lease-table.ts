import { join } from 'node:path';
import { type PluginContext, pathPattern, rateLimited, SluiceError } from '@sluice/core';
import { type RtpPacket, sniffRtpPayload } from '@sluice/plugin-format-rtp';
import type { RtpPsConfig } from '../config.js';
import { rtpPsError } from '../errors.js';
import { type PayloadFormats, payloadFormats } from '../proto/payload-formats.js';
import { formatSsrc } from '../proto/ssrc.js';
import { type Origin, UnknownSsrcs } from '../proto/unknown-ssrcs.js';
import { Lease, type LeaseOptions } from './lease.js';
import type { DatagramWays } from './packet-source.js';
import { RecordFolder } from './record-folder.js';
import { RtpRecorder } from './rtp-recorder.js';
import type { TcpSourceContext } from './tcp-source.js';

/** Streams adopted at once: anybody may send to the port. */
const MAX_ADOPTED = 256;

/** Who receives what: on the shared port by SSRC, or on a port or connection of its own. */
export class LeaseTable {
  readonly #ctx: PluginContext;
  readonly #config: RtpPsConfig;
  readonly #bySsrc = new Map<number, Lease>();
  /** SSRCs of each lease: two while it is not known yet whether a device takes the new one; none on a port of its own. */
  readonly #ssrcs = new Map<Lease, Set<number>>();
  /** Leases whose stream waits for its tracks, by path. */
  readonly #unready = new Map<string, Lease>();
  readonly #unknown = new UnknownSsrcs();
  readonly #isRecorded: (path: string) => boolean;
  readonly #recordings: RecordFolder;
  #adopted = 0;
  /** How reports go back from the shared port, once it is open. */
  ways: DatagramWays | undefined;

  /** For connections of senders. */
  readonly connections: TcpSourceContext;

  constructor(ctx: PluginContext, config: RtpPsConfig) {
    this.#ctx = ctx;
    const { clock, transport, log } = ctx;
    this.connections = { clock, transport, count: (kind) => ctx.count(kind), warnOften: rateLimited(log, clock) };
    this.#config = config;
    const patterns = config.record.map(pathPattern);
    this.#isRecorded = (path) => patterns.some((match) => match(path) !== undefined);
    ctx.hooks.tracksReady(({ path }) => {
      const lease = this.#unready.get(path);
      this.#unready.delete(path);
      lease?.tracksReady();
    });
    this.#recordings = new RecordFolder(join(ctx.engine.dataDir, 'rtp'), config.recordMaxBytes);
  }

  /** Leases open. */
  get leases(): IterableIterator<Lease> {
    return this.#ssrcs.keys();
  }

  /** True where somebody receives this SSRC. */
  has(ssrc: number): boolean {
    return this.#bySsrc.has(ssrc);
  }

  /** Opens a lease. Throws `ERR_RTP_SSRC_BUSY`. */
  open(ssrc: number, options: LeaseOptions, formats: PayloadFormats): Lease {
    const isShared = options.port !== 'range';
    if (isShared) this.#checkFree(ssrc);
    const recorder = this.#isRecorded(options.path) ? new RtpRecorder(this.#ctx, this.#recordings, options.path) : undefined;
    const lease = new Lease(options, {
      ctx: this.#ctx,
      config: this.#config,
      formats,
      recorder,
      connections: this.connections,
      awaitTracks: (of) => void this.#unready.set(of.path, of),
      release: (over) => this.#release(over),
    });
    if (isShared) this.#bySsrc.set(ssrc, lease);
    if (this.ways !== undefined) lease.useWays(this.ways);
    this.#ssrcs.set(lease, new Set(isShared ? [ssrc] : []));
    return lease;
  }

  /** Expects another SSRC; the one before stays good until the first packet tells which is sent. Throws `ERR_RTP_SSRC_BUSY`. */
  rekey(lease: Lease, ssrc: number): void {
    const ssrcs = this.#ssrcs.get(lease);
    // A port of its own takes what comes.
    if (ssrcs === undefined || ssrcs.has(ssrc) || lease.isDedicated) return;
    this.#checkFree(ssrc);
    if (!lease.isPending) this.#forget(ssrcs);
    ssrcs.add(ssrc);
    this.#bySsrc.set(ssrc, lease);
  }

  /** The lease of an SSRC, for what is no sign of a sender: RTCP. */
  of(ssrc: number): Lease | undefined {
    return this.#bySsrc.get(ssrc);
  }

  /** The lease a packet belongs to by its exact SSRC. */
  find(packet: RtpPacket): Lease | undefined {
    const lease = this.#bySsrc.get(packet.ssrc);
    if (lease?.isPending === true) this.#settle(lease, packet.ssrc);
    return lease;
  }

  /**
   * Of a packet that `find` knows nothing of: the lease by the address of a sender that is waited for, where that is one lease alone, or a
   * new one where that is configured. Others are counted.
   */
  findOther(packet: RtpPacket, bytes: number, origin: Origin): Lease | undefined {
    const lease = this.#waitedFor(packet.ssrc, origin.address);
    if (lease !== undefined) return lease;
    if (this.#config.unknownSsrc === 'adopt' && this.#adopted < MAX_ADOPTED && this.#isMedia(packet)) return this.#adopt(packet.ssrc, origin);
    this.#ctx.count('unknown-ssrc');
    this.#unknown.count(packet.ssrc, bytes, origin, this.#ctx.clock.wallMs());
    return undefined;
  }

  /** To be called a few times a second. */
  tick(nowMs: number, receivedNowMs: number): void {
    for (const lease of this.#ssrcs.keys()) lease.tick(nowMs, receivedNowMs);
    const unknown = this.#unknown.due(nowMs);
    if (unknown === undefined) return;
    const { ssrc, origin, packets, bytes, firstAtMs, lastAtMs } = unknown;
    const { transport, remote, port } = origin;
    const times = { firstAt: new Date(firstAtMs).toISOString(), lastAt: new Date(lastAtMs).toISOString() };
    const data = { ssrc: formatSsrc(ssrc), transport, remote, port, packets, bytes, ...times };
    this.#ctx.log.warn({ ...data, unknown: this.#unknown.packets }, 'RTP of an SSRC that nobody asked for');
    this.#ctx.report('rtp-ps.unknown-ssrc', data);
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
      if (!lease.isPending || lease.isDedicated || lease.remoteHint !== address) continue;
      if (found !== undefined) return undefined;
      found = lease;
    }
    if (found === undefined) return undefined;
    this.#ctx.log.warn({ stream: found.path, ssrc: formatSsrc(ssrc), remote: address }, 'the device sends another SSRC than it was told; taken by its address');
    this.#settle(found, ssrc);
    return found;
  }

  #isMedia(packet: RtpPacket): boolean {
    const seen = sniffRtpPayload(packet.payload);
    return seen !== undefined && seen !== 'hikvision-private';
  }

  #adopt(ssrc: number, { transport, remote }: Origin): Lease | undefined {
    const path = `gb/${formatSsrc(ssrc)}`;
    try {
      const formats = payloadFormats({ fallbackMap: this.#config.payloadMap });
      const lease = this.open(ssrc, { path, transport: transport === 'udp' ? 'udp' : 'tcp-passive', trusted: false }, formats);
      this.#adopted++;
      lease.onOver(() => {
        this.#adopted--;
      });
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
    if (this.#unready.get(lease.path) === lease) this.#unready.delete(lease.path);
  }
}
