import { join } from 'node:path';
import { type PluginContext, pathPattern, rateLimited, SluiceError } from '@sluice/core';
import { type RtpPacket, sniffRtpPayload } from '@sluice/plugin-format-rtp';
import type { RtpPsConfig } from '../config.js';
import { rtpPsError } from '../errors.js';
import { type PayloadFormats, payloadFormats } from '../proto/payload-formats.js';
import { formatSsrc } from '../proto/ssrc.js';
import type { SsrcAllocator } from '../proto/ssrc-allocator.js';
import { type Origin, UnknownSsrcs } from '../proto/unknown-ssrcs.js';
import type { MediaSource } from '../service.js';
import { Adoptions } from './adoptions.js';
import { Lease, type LeaseOptions } from './lease.js';
import type { DatagramWays } from './packet-source.js';
import { RecordFolder } from './record-folder.js';
import { RtpRecorder } from './rtp-recorder.js';
import type { TcpSourceContext } from './tcp-source.js';

/** Streams adopted at once: anybody may send to the port. */
const MAX_ADOPTED = 256;

/** What is known of a lease. */
interface Entry {
  readonly lease: Lease;
  /** Two while it is not known yet whether a device takes the new one; none on a port of its own. */
  readonly ssrcs: Set<number>;
  /** One of them came. */
  isSettled: boolean;
}

/** Who receives what: on the shared port by SSRC, or on a port or connection of its own. */
export class LeaseTable {
  readonly #ctx: PluginContext;
  readonly #config: RtpPsConfig;
  readonly #bySsrc = new Map<number, Entry>();
  readonly #entries = new Map<Lease, Entry>();
  readonly #adoptions: Adoptions;
  readonly #ssrcs: SsrcAllocator;
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

  constructor(ctx: PluginContext, config: RtpPsConfig, ssrcs: SsrcAllocator) {
    this.#ctx = ctx;
    this.#ssrcs = ssrcs;
    this.#adoptions = new Adoptions((ssrc) => ssrcs.isGiven(formatSsrc(ssrc), ctx.clock.now()));
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

  /** How many are open. */
  get size(): number {
    return this.#entries.size;
  }

  /** Leases open. */
  get leases(): IterableIterator<Lease> {
    return this.#entries.keys();
  }

  /** True where somebody receives this SSRC. */
  has(ssrc: number): boolean {
    return this.#bySsrc.has(ssrc) || this.#adoptions.has(ssrc);
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
    if (this.ways !== undefined) lease.useWays(this.ways);
    const entry: Entry = { lease, ssrcs: new Set(), isSettled: false };
    this.#entries.set(lease, entry);
    if (isShared) this.#wait(entry, ssrc);
    return lease;
  }

  /** Expects another SSRC; the one before stays good until the first packet tells which is sent. Throws `ERR_RTP_SSRC_BUSY`. */
  rekey(lease: Lease, ssrc: number): void {
    const entry = this.#entries.get(lease);
    // A port of its own takes what comes.
    if (entry === undefined || entry.ssrcs.has(ssrc) || lease.isDedicated) return;
    this.#checkFree(ssrc);
    if (entry.isSettled) this.#forget(entry);
    entry.isSettled = false;
    this.#wait(entry, ssrc);
  }

  /** As `Receiver.expectFrom`. */
  expectFrom(lease: Lease, sources: readonly MediaSource[]): void {
    this.#adoptions.expect(lease, sources, this.#ctx.transport.now());
  }

  /** The lease of an SSRC, for what is no sign of a sender: RTCP. */
  of(ssrc: number, address: string): Lease | undefined {
    return this.#bySsrc.get(ssrc)?.lease ?? this.#adoptions.ofAddress(ssrc, address);
  }

  /** The lease a packet belongs to by its exact SSRC, or that has taken its sender's SSRC for it. */
  find({ ssrc }: RtpPacket, address: string, port: number, receivedAtMs: number): Lease | undefined {
    const entry = this.#bySsrc.get(ssrc);
    if (entry === undefined) return this.#adoptions.find(ssrc, address, port, receivedAtMs);
    if (!entry.isSettled) this.#settle(entry, ssrc);
    return entry.lease;
  }

  /**
   * Of a packet that `find` knows nothing of: the lease that waits for its sender, as `Receiver.expectFrom` tells, or a new one where that is
   * configured. Others are counted.
   */
  findOther(packet: RtpPacket, bytes: number, origin: Origin, receivedAtMs: number): Lease | undefined {
    const lease = this.#adoptions.adopt(packet.ssrc, origin, receivedAtMs);
    if (lease !== undefined && lease !== 'later') {
      const data = { stream: lease.path, ssrc: formatSsrc(packet.ssrc), remote: origin.remote };
      this.#ctx.log.warn(data, 'the device sends another SSRC than it was told; taken by where it comes from');
      return lease;
    }
    if (lease === undefined && this.#config.unknownSsrc === 'adopt' && this.#adopted < MAX_ADOPTED && this.#isMedia(packet))
      return this.#adopt(packet.ssrc, origin);
    this.#ctx.count('unknown-ssrc');
    this.#unknown.count(packet.ssrc, bytes, origin, this.#ctx.clock.wallMs());
    return undefined;
  }

  /** To be called a few times a second. */
  tick(nowMs: number, receivedNowMs: number): void {
    for (const lease of this.#entries.keys()) lease.tick(nowMs, receivedNowMs);
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

  #wait(entry: Entry, ssrc: number): void {
    entry.ssrcs.add(ssrc);
    this.#bySsrc.set(ssrc, entry);
    this.#adoptions.wait(entry.lease, this.#ctx.transport.now());
  }

  /** Its own SSRC came, which is right whatever was taken for it before. */
  #settle(entry: Entry, ssrc: number): void {
    const { lease, ssrcs } = entry;
    entry.isSettled = true;
    if (ssrcs.size > 1) {
      this.#forget(entry);
      ssrcs.add(ssrc);
      this.#bySsrc.set(ssrc, entry);
    }
    if (!this.#adoptions.end(lease, this.#ctx.transport.now())) return;
    this.#ctx.log.warn({ stream: lease.path, ssrc: formatSsrc(ssrc) }, 'the right SSRC came; the one that was taken for it is let go');
    lease.letGo();
  }

  #forget({ ssrcs }: Entry): void {
    const nowMs = this.#ctx.clock.now();
    for (const ssrc of ssrcs) {
      this.#bySsrc.delete(ssrc);
      this.#ssrcs.rest(formatSsrc(ssrc), nowMs);
    }
    ssrcs.clear();
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
    const entry = this.#entries.get(lease);
    if (entry !== undefined) this.#forget(entry);
    this.#entries.delete(lease);
    this.#adoptions.end(lease, this.#ctx.transport.now());
    if (this.#unready.get(lease.path) === lease) this.#unready.delete(lease.path);
  }
}
