import { formatAddress, type PluginContext, type Publisher } from '@sluice/core';
import type { RtpPacket } from '@sluice/plugin-format-rtp';
import type { RtpPsConfig } from '../config.js';
import type { PayloadSink } from '../map/payload-input.js';
import type { PayloadFormats } from '../proto/payload-formats.js';
import { SourceLock } from '../proto/source-lock.js';
import { formatSsrc } from '../proto/ssrc.js';
import { WallClock } from '../proto/wall-clock.js';
import type { ReceiverStats } from '../service.js';
import { MediaInput } from './media-input.js';
import type { PacketSource } from './packet-source.js';

/** Where a reception's frames and findings go. */
export interface ReceptionEvents extends PayloadSink {
  /** Bytes of the wire. */
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
}

/** Counts of a stream's health, as publishers show them. */
const HEALTH = ['lost', 'reordered', 'duplicate', 'resyncs', 'damaged', 'refused', 'skipped', 'foreign'] as const;

/** The packets of one lease, on whatever ways they come: whose they are, in what order, and what is told of them. */
export class Reception {
  readonly #ctx: PluginContext;
  readonly #events: ReceptionEvents;
  readonly #keepsSsrc: boolean;
  readonly #lock: SourceLock;
  readonly #wallClock = new WallClock();
  readonly #input: MediaInput;
  #source: PacketSource | undefined;
  #isUdp = false;
  #address = '';
  #remotePort = 0;
  #remote: string | undefined;
  #ssrc = -1;
  #packets = 0;
  #bytes = 0;
  #foreign = 0;
  #firstAtMs = 0;
  #lastAtMs = 0;
  #heardPackets = 0;
  readonly #shown = new Map<string, number>();

  constructor(ctx: PluginContext, config: RtpPsConfig, options: ReceptionOptions, events: ReceptionEvents) {
    this.#ctx = ctx;
    this.#events = events;
    this.#keepsSsrc = options.keepsSsrc;
    this.#lock = new SourceLock(options.relearnMs);
    this.#input = new MediaInput(config, options.formats, this.#wallClock, events);
  }

  get packets(): number {
    return this.#packets;
  }

  /** As `MediaInput.announced` and `recognised`. */
  get input(): Pick<MediaInput, 'announced' | 'recognised'> {
    return this.#input;
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

  /** A packet of a datagram. Strangers' are counted. */
  receiveDatagram(packet: RtpPacket, bytes: Buffer, address: string, port: number, receivedAtMs: number): void {
    if (!this.#lock.accept(address, receivedAtMs, this.#keepsSsrc ? packet.ssrc : 0)) {
      this.#foreign++;
      return;
    }
    if (!this.#isUdp) {
      this.#isUdp = true;
      if (this.#packets > 0) this.#input.begin(false);
    }
    this.#address = address;
    this.#remotePort = port;
    this.#receive(packet, bytes, receivedAtMs);
  }

  /** A packet of the connection that is attached. */
  receiveFramed(packet: RtpPacket, bytes: Buffer, receivedAtMs: number): void {
    this.#receive(packet, bytes, receivedAtMs);
  }

  /** Whether a connection that begins with this packet may be attached, on a port of its own. Strangers' are counted. */
  admits(packet: RtpPacket, address: string): boolean {
    if (this.#lock.accept(address, this.#ctx.transport.now(), this.#keepsSsrc ? packet.ssrc : 0)) return true;
    this.#foreign++;
    return false;
  }

  /** Attaches a connection. One that was there before is replaced (a device that came again before its old connection was found dead). */
  attach(source: PacketSource): void {
    const before = this.#source;
    this.#source = source;
    this.#remote = source.remote;
    this.#isUdp = false;
    this.#input.begin(true);
    before?.cut();
  }

  /** A connection went away. */
  detach(source: PacketSource): void {
    if (this.#source !== source) return;
    this.#source = undefined;
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

  /** To be called a few times a second. True where something came since the last time. */
  tick(receivedNowMs: number): boolean {
    if (this.#isUdp) this.#input.expire(receivedNowMs);
    const heard = this.#packets !== this.#heardPackets;
    this.#heardPackets = this.#packets;
    if (heard) this.#lastAtMs = this.#ctx.clock.wallMs();
    return heard;
  }

  /** No more comes. */
  finish(): void {
    this.#input.finish();
    const source = this.#source;
    this.#source = undefined;
    source?.cut();
  }

  /** Adds what was counted since the last time to the publisher's health. */
  report(publisher: Publisher): void {
    const now = { ...this.#input.counts, foreign: this.#foreign };
    for (const kind of HEALTH) {
      const by = now[kind] - (this.#shown.get(kind) ?? 0);
      if (by > 0) publisher.count(kind, by);
      this.#shown.set(kind, now[kind]);
    }
  }

  stats(): ReceiverStats {
    const { lost, reordered, duplicate, resyncs, damaged } = this.#input.counts;
    const counts = { packets: this.#packets, bytes: this.#bytes, lost, reordered, duplicate, resyncs, damaged, foreign: this.#foreign, jitterMs: 0 };
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
    if (packet.ssrc !== this.#ssrc) this.#follow(packet);
    this.#packets++;
    this.#bytes += bytes.length;
    this.#events.received(bytes.length);
    this.#input.push(packet, receivedAtMs);
  }

  #follow(packet: RtpPacket): void {
    this.#ssrc = packet.ssrc;
    this.#wallClock.reset();
    if (this.#packets > 0) {
      this.#input.restart(!this.#isUdp);
      return;
    }
    this.#firstAtMs = this.#ctx.clock.wallMs();
    this.#events.started(this.remote ?? '');
  }
}
