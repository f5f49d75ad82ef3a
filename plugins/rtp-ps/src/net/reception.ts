import { formatAddress, type PluginContext, type Publisher } from '@sluice/core';
import { type RtpPacket, WallClock } from '@sluice/plugin-format-rtp';
import type { RtpPsConfig } from '../config.js';
import type { PayloadSink } from '../map/payload-input.js';
import type { PayloadFormats } from '../proto/payload-formats.js';
import { type LockedSource, SourceLock } from '../proto/source-lock.js';
import { formatSsrc } from '../proto/ssrc.js';
import type { ReceiverStats } from '../service.js';
import { MediaInput } from './media-input.js';
import type { DatagramWays, PacketSource } from './packet-source.js';
import { ReceiverReports } from './receiver-reports.js';
import type { RecordedSource, RtpRecorder } from './rtp-recorder.js';

/** Where a reception's frames and findings go. */
export interface ReceptionEvents extends PayloadSink {
  /** Bytes of the wire, told of now and then. */
  received(bytes: number): void;
  /** The first packet came. */
  started(remote: string): void;
  /** The sender closed its connection. */
  senderGone(): void;
}

/** How packets are taken. */
export interface ReceptionOptions {
  /** A port of its own: any SSRC will do at first, and is then kept to. */
  readonly keepsSsrc: boolean;
  readonly formats: PayloadFormats;
  /** After this much silence another source may take over. */
  readonly relearnMs: number;
  readonly recorder: RtpRecorder | undefined;
}

/** Counts of a stream's health, as publishers show them. */
const HEALTH = ['lost', 'reordered', 'duplicate', 'resyncs', 'damaged', 'refused', 'skipped', 'foreign'] as const;

/** The packets of one lease, on whatever ways they come: whose they are, in what order, and what is told of them. */
export class Reception {
  readonly #ctx: PluginContext;
  readonly #events: ReceptionEvents;
  readonly #keepsSsrc: boolean;
  readonly #lock: SourceLock;
  readonly #input: MediaInput;
  readonly #reports: ReceiverReports;
  readonly #recorder: RtpRecorder | undefined;
  #ways: DatagramWays | undefined;
  #control: 'none' | 'muxed' | 'apart' = 'none';
  #controlPort = 0;
  #source: PacketSource | undefined;
  #isUdp = false;
  #address = '';
  #remotePort = 0;
  #remote: string | undefined;
  #ssrc = -1;
  #packets = 0;
  #bytes = 0;
  #toldBytes = 0;
  #foreign = 0;
  #firstAtMs = 0;
  #lastAtMs = 0;
  #heardPackets = 0;
  readonly #shown = new Map<string, number>();
  #shownTotal = 0;

  constructor(ctx: PluginContext, config: RtpPsConfig, options: ReceptionOptions, events: ReceptionEvents) {
    this.#ctx = ctx;
    this.#events = events;
    this.#keepsSsrc = options.keepsSsrc;
    this.#lock = new SourceLock(options.relearnMs);
    const wallClock = new WallClock();
    this.#reports = new ReceiverReports(wallClock, config.reportIntervalSeconds * 1000);
    this.#recorder = options.recorder;
    this.#input = new MediaInput(config, options.formats, wallClock, events);
  }

  get packets(): number {
    return this.#packets;
  }

  /** As `MediaInput.announced` and `recognised`. */
  get input(): Pick<MediaInput, 'announced' | 'recognised'> {
    return this.#input;
  }

  /** A connection is attached. */
  get isAttached(): boolean {
    return this.#source !== undefined;
  }

  /** `address:port` of the sender. */
  get remote(): string | undefined {
    if (!this.#isUdp || this.#address === '') return this.#remote;
    this.#remote = formatAddress(this.#address, this.#remotePort);
    return this.#remote;
  }

  /** Ten digits, as the sender has it. */
  get ssrc(): string {
    return formatSsrc(this.#ssrc);
  }

  /** As `MediaInput.setFormats`. */
  setFormats(formats: PayloadFormats, doubted: ReadonlySet<number>): void {
    this.#input.setFormats(formats, doubted);
  }

  /** How reports go back to a sender of datagrams. */
  useWays(ways: DatagramWays): void {
    this.#ways = ways;
  }

  /** A packet of a datagram. Strangers' are counted. */
  receiveDatagram(packet: RtpPacket, bytes: Buffer, address: string, port: number, receivedAtMs: number): void {
    if (!this.#lock.accept(address, port, receivedAtMs, this.#keepsSsrc ? packet.ssrc : 0)) {
      this.#foreign++;
      return;
    }
    if (!this.#isUdp) {
      this.#isUdp = true;
      this.#control = 'none';
      if (this.#packets > 0) this.#input.begin(false);
    }
    this.#address = address;
    this.#remotePort = port;
    this.#receive(packet, bytes, receivedAtMs);
  }

  /** A packet of the connection that is attached. */
  receiveFramed(packet: RtpPacket, bytes: Buffer, receivedAtMs: number): void {
    // It is what the connection was attached for; later ones are held against it.
    if (this.#source !== undefined) this.#lock.accept(this.#source.address, this.#source.remotePort, receivedAtMs, this.#keepsSsrc ? packet.ssrc : 0);
    this.#receive(packet, bytes, receivedAtMs);
  }

  /** RTCP in a datagram: on the RTP port (`muxed`, RFC 5761) or on the one after it. */
  receiveControl(bytes: Buffer, address: string, port: number, muxed: boolean, receivedAtMs: number): void {
    if (!this.#isUdp || address !== this.#address) return;
    this.#record(bytes, receivedAtMs);
    if (!this.#reports.control(bytes, receivedAtMs)) return;
    this.#control = muxed ? 'muxed' : 'apart';
    this.#controlPort = port;
  }

  /** RTCP of the connection that is attached. */
  receiveFramedControl(bytes: Buffer, receivedAtMs: number): void {
    this.#record(bytes, receivedAtMs);
    if (this.#reports.control(bytes, receivedAtMs)) this.#control = 'muxed';
  }

  /** Whether a connection that begins with this packet may be attached. Strangers' are counted. */
  admits(packet: RtpPacket, { address, port }: LockedSource, receivedAtMs: number): boolean {
    if (this.#lock.accept(address, port, receivedAtMs, this.#keepsSsrc ? packet.ssrc : 0)) return true;
    this.#foreign++;
    return false;
  }

  /** Attaches a connection. One that was there before is replaced (a device that came again before its old connection was found dead). */
  attach(source: PacketSource): void {
    const before = this.#source;
    this.#source = source;
    this.#remote = source.remote;
    this.#isUdp = false;
    this.#control = 'none';
    this.#input.begin(true);
    before?.cut();
  }

  /** A connection went away. */
  detach(source: PacketSource): void {
    if (this.#source !== source) return;
    this.#source = undefined;
    this.#lock.forgetPort();
    this.#events.senderGone();
  }

  /** Framing was lost and found again. */
  resynced(): void {
    this.#input.resynced();
  }

  /** Another source may send from now on. */
  relearn(): void {
    this.#lock.relearn();
  }

  /** The one who sent until now was not the right one: the next packet is. */
  letGo(): void {
    this.#lock.relearn();
    const source = this.#source;
    this.#source = undefined;
    source?.cut();
  }

  /** To be called a few times a second. True where something came since the last time. */
  tick(receivedNowMs: number): boolean {
    if (this.#isUdp) this.#input.expire(receivedNowMs);
    this.#recorder?.flush();
    const report = this.#reports.due(receivedNowMs);
    if (report !== undefined) this.#sendControl(report);
    const heard = this.#packets !== this.#heardPackets;
    this.#tellBytes();
    this.#heardPackets = this.#packets;
    if (heard) this.#lastAtMs = this.#ctx.clock.wallMs();
    return heard;
  }

  /** No more comes. Resolves when what is recorded is written. */
  async finish(): Promise<void> {
    this.#input.finish();
    this.#tellBytes();
    const source = this.#source;
    this.#source = undefined;
    source?.cut();
    await this.#recorder?.close();
  }

  /** Adds what was counted since the last time to the publisher's health. */
  report(publisher: Publisher): void {
    const total = this.#input.countsTotal + this.#foreign;
    if (total === this.#shownTotal) return;
    this.#shownTotal = total;
    const now = { ...this.#input.counts, foreign: this.#foreign };
    for (const kind of HEALTH) {
      const by = now[kind] - (this.#shown.get(kind) ?? 0);
      if (by > 0) publisher.count(kind, by);
      this.#shown.set(kind, now[kind]);
    }
  }

  stats(): ReceiverStats {
    const { lost, reordered, duplicate, resyncs, damaged } = this.#input.counts;
    const counts = {
      packets: this.#packets,
      bytes: this.#bytes,
      lost,
      reordered,
      duplicate,
      resyncs,
      damaged,
      foreign: this.#foreign,
      jitterMs: Math.round(this.#reports.jitterMs * 100) / 100,
    };
    if (this.#packets === 0) return counts;
    const { remote } = this;
    return {
      ...counts,
      sourceSsrc: this.ssrc,
      ...(remote === undefined ? {} : { source: remote }),
      firstAt: new Date(this.#firstAtMs).toISOString(),
      lastAt: new Date(Math.max(this.#firstAtMs, this.#lastAtMs)).toISOString(),
    };
  }

  #receive(packet: RtpPacket, bytes: Buffer, receivedAtMs: number): void {
    if (packet.ssrc !== this.#ssrc) this.#follow(packet, receivedAtMs);
    // TCP loses nothing; who sends reports there is told of jitter.
    if (this.#isUdp || this.#control !== 'none') this.#reports.receive(packet, receivedAtMs);
    if (this.#recorder !== undefined) this.#record(bytes, receivedAtMs);
    this.#packets++;
    this.#bytes += bytes.length;
    this.#input.push(packet, receivedAtMs);
  }

  #tellBytes(): void {
    if (this.#bytes > this.#toldBytes) this.#events.received(this.#bytes - this.#toldBytes);
    this.#toldBytes = this.#bytes;
  }

  #follow(packet: RtpPacket, receivedAtMs: number): void {
    this.#ssrc = packet.ssrc;
    this.#reports.begin(packet.ssrc, this.#input.clockRate(packet.payloadType), receivedAtMs);
    if (this.#packets > 0) {
      this.#input.restart(!this.#isUdp);
      return;
    }
    this.#firstAtMs = this.#ctx.clock.wallMs();
    this.#events.started(this.remote ?? '');
  }

  #record(bytes: Buffer, receivedAtMs: number): void {
    this.#recorder?.record(bytes, receivedAtMs, () => this.#recordedSource());
  }

  #recordedSource(): RecordedSource {
    if (this.#isUdp) return { address: this.#address, port: this.#remotePort, transport: 'udp' };
    return { address: this.#source?.address ?? '0.0.0.0', port: Number(/\d+$/.exec(this.#remote ?? '')?.[0] ?? 0), transport: 'tcp' };
  }

  /** To where the sender's reports come from; else to the port after its RTP port (RFC 3550 11). Over TCP only senders of reports get any. */
  #sendControl(bytes: Buffer): void {
    if (!this.#isUdp) {
      if (this.#control !== 'none') this.#source?.sendControl(bytes);
    } else if (this.#control === 'muxed') {
      this.#ways?.send(bytes, this.#address, this.#controlPort);
    } else {
      const port = this.#control === 'apart' ? this.#controlPort : this.#remotePort + 1;
      if (port <= 0xffff) this.#ways?.sendControl(bytes, this.#address, port);
    }
  }
}
