import { type Frame, type Publisher, type TrackKind, Unwrapper } from '@sluice/core';
import { PsFrames, type PsFramesSink } from '@sluice/plugin-format-mpeg';
import { type ReorderSink, ReorderWindow, type RtpPacket } from '@sluice/plugin-format-rtp';
import type { RtpPsConfig } from '../config.js';

/** Where a media input's frames and findings go. */
export interface MediaInputEvents {
  frame(frame: Frame): void;
  unsupported(codec: string): void;
}

/** Health counts as publishers show them. */
const COUNTS = ['lost', 'reordered', 'duplicate', 'resyncs', 'damaged', 'refused', 'skipped'] as const;
type Counts = Record<(typeof COUNTS)[number], number>;

const NOTHING: Readonly<Counts> = { lost: 0, reordered: 0, duplicate: 0, resyncs: 0, damaged: 0, refused: 0, skipped: 0 };

/** RTP packets of one SSRC in, frames out. */
export class MediaInput implements ReorderSink, PsFramesSink {
  readonly #events: MediaInputEvents;
  readonly #config: RtpPsConfig;
  readonly #ps: PsFrames;
  readonly #time = new Unwrapper(32);
  #window: ReorderWindow;
  /** Counts of windows before this one. */
  #counted: Counts = { ...NOTHING };
  #shown: Counts = { ...NOTHING };
  resyncs = 0;

  constructor(config: RtpPsConfig, events: MediaInputEvents) {
    this.#events = events;
    this.#config = config;
    this.#ps = new PsFrames(this, { maxAccessUnitBytes: config.maxAccessUnitBytes });
    this.#window = new ReorderWindow(this, config.reorder);
  }

  /** Kinds the stream says it has. */
  get announced(): TrackKind[] {
    return this.#ps.announced;
  }

  /** Packs found so far: none after many packets means that it is no program stream. */
  get packs(): number {
    return this.#ps.demuxed.packs;
  }

  /** A new sender, or the same on a new way: sequence numbers begin anew. TCP keeps order by itself. */
  begin(isOrdered: boolean): void {
    this.#window.flush();
    this.#keepCounts();
    this.#window = new ReorderWindow(this, isOrdered ? { packets: 0 } : this.#config.reorder);
    this.#ps.lost();
  }

  push(packet: RtpPacket, receivedAtMs: number): void {
    this.#window.push(packet, receivedAtMs);
  }

  /** Bytes are missing that no sequence number tells of. */
  resynced(): void {
    this.resyncs++;
    this.#ps.lost();
  }

  /** Gives up waiting for packets that are late. */
  expire(nowMs: number): void {
    if (this.#window.held > 0) this.#window.expire(nowMs);
  }

  /** No more comes. What is held cannot be told to be whole, so it is not given out. */
  finish(): void {
    this.#window.flush();
  }

  packet(packet: RtpPacket): void {
    this.#ps.push(packet.payload, this.#time.unwrap(packet.timestamp));
    if (packet.marker) this.#ps.hint();
  }

  gap(): void {
    this.#ps.lost();
  }

  frame(frame: Frame): void {
    this.#events.frame(frame);
  }

  unsupported(codec: string): void {
    this.#events.unsupported(codec);
  }

  /** Adds what was counted since the last time to the publisher's health. */
  report(publisher: Publisher): void {
    const now = this.#counts();
    for (const kind of COUNTS) {
      const by = now[kind] - this.#shown[kind];
      if (by > 0) publisher.count(kind, by);
    }
    this.#shown = now;
  }

  #counts(): Counts {
    const { lost, reordered, duplicate, resets } = this.#window.counts;
    const before = this.#counted;
    return {
      lost: before.lost + lost,
      reordered: before.reordered + reordered,
      duplicate: before.duplicate + duplicate,
      resyncs: before.resyncs + resets + this.resyncs,
      damaged: this.#ps.demuxed.damaged,
      refused: this.#ps.counts.refused,
      skipped: this.#ps.counts.skipped,
    };
  }

  #keepCounts(): void {
    const { lost, reordered, duplicate, resyncs } = this.#counts();
    this.#counted = { ...NOTHING, lost, reordered, duplicate, resyncs: resyncs - this.resyncs };
  }
}
