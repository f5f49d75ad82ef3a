import { messageOf, type TrackKind } from '@sluice/core';
import { PsFrames, TsFrames } from '@sluice/plugin-format-mpeg';
import {
  createRtpFrames,
  ownPacket,
  type ReorderSink,
  ReorderWindow,
  RtpClock,
  type RtpFormat,
  type RtpFrames,
  type RtpPacket,
  staticRtpFormat,
  type WallClock,
} from '@sluice/plugin-format-rtp';
import type { RtpPsConfig } from '../config.js';
import type { PayloadSink } from '../map/payload-input.js';
import { contradicts, SniffingInput } from '../map/sniffing-input.js';
import type { PayloadFormats } from '../proto/payload-formats.js';

/** Health counts as publishers show them. */
export interface InputCounts {
  lost: number;
  reordered: number;
  duplicate: number;
  resyncs: number;
  damaged: number;
  refused: number;
  skipped: number;
}

const DEMUXERS = { PS: PsFrames, MP2T: TsFrames };
/** Payload types of one sender that are looked at. */
const MAX_PAYLOAD_TYPES = 8;

/** "PS" is told of anything, and MP2T of program streams: these are looked at too. */
function isSystemStream({ encoding }: RtpFormat): boolean {
  return encoding === 'PS' || encoding === 'MP2T';
}

/** RTP packets of one sender in, frames out. */
export class MediaInput implements ReorderSink {
  readonly #sink: PayloadSink;
  readonly #config: RtpPsConfig;
  #formats: PayloadFormats;
  /** Payload types of which the sender alone says what they are. */
  #doubted: ReadonlySet<number> = new Set();
  readonly #wallClock: WallClock;
  readonly #inputs = new Map<number, RtpFrames | undefined>();
  #window: ReorderWindow;
  /** Packets of a connection are overwritten by what is read next. */
  #isOrdered = false;
  #startedAtMs: number | undefined;
  #nowMs = 0;
  /** Counts of windows before this one. */
  readonly #before = { lost: 0, reordered: 0, duplicate: 0, resets: 0 };
  #resyncs = 0;

  constructor(config: RtpPsConfig, formats: PayloadFormats, wallClock: WallClock, sink: PayloadSink) {
    this.#sink = sink;
    this.#config = config;
    this.#formats = formats;
    this.#wallClock = wallClock;
    this.#window = new ReorderWindow(this, config.reorder);
  }

  /** Hertz of a payload type's time stamps. */
  clockRate(payloadType: number): number {
    return (this.#formats.get(payloadType) ?? staticRtpFormat(payloadType))?.clockRate ?? 90_000;
  }

  /** More is known of payload types; `doubted`: those of which the sender alone says so. */
  setFormats(formats: PayloadFormats, doubted: ReadonlySet<number>): void {
    this.#formats = formats;
    this.#doubted = doubted;
    for (const [payloadType, input] of this.#inputs) {
      const format = formats.get(payloadType);
      if (input instanceof SniffingInput && format !== undefined && !isSystemStream(format)) input.told(format);
    }
  }

  /** Kinds the stream says it has. */
  get announced(): TrackKind[] {
    return [...new Set([...this.#inputs.values()].flatMap((input) => input?.announced ?? []))];
  }

  /** Something that can be understood was found. */
  get recognised(): boolean {
    for (const input of this.#inputs.values()) if (input?.recognised === true) return true;
    return false;
  }

  /** Sum of all counts, to know cheaply whether there is something new. */
  get countsTotal(): number {
    const { lost, reordered, duplicate, resets } = this.#window.counts;
    const before = this.#before;
    let total = lost + reordered + duplicate + resets + this.#resyncs + before.lost + before.reordered + before.duplicate + before.resets;
    for (const input of this.#inputs.values()) {
      if (input !== undefined) total += input.counts.damaged + input.counts.refused + input.counts.skipped;
    }
    return total;
  }

  get counts(): InputCounts {
    const now = this.#window.counts;
    const before = this.#before;
    const counts = {
      lost: before.lost + now.lost,
      reordered: before.reordered + now.reordered,
      duplicate: before.duplicate + now.duplicate,
      resyncs: before.resets + now.resets + this.#resyncs,
      damaged: 0,
      refused: 0,
      skipped: 0,
    };
    for (const input of this.#inputs.values()) {
      counts.damaged += input?.counts.damaged ?? 0;
      counts.refused += input?.counts.refused ?? 0;
      counts.skipped += input?.counts.skipped ?? 0;
    }
    return counts;
  }

  /** The same sender on a new way: what came before is over. TCP keeps order by itself. */
  begin(isOrdered: boolean): void {
    this.#window.flush();
    const { lost, reordered, duplicate, resets } = this.#window.counts;
    this.#before.lost += lost;
    this.#before.reordered += reordered;
    this.#before.duplicate += duplicate;
    this.#before.resets += resets;
    this.#isOrdered = isOrdered;
    this.#window = new ReorderWindow(this, isOrdered ? { packets: 0 } : this.#config.reorder);
    for (const input of this.#inputs.values()) input?.lost();
  }

  /** Another sender: sequence numbers and times begin anew. */
  restart(isOrdered: boolean): void {
    this.begin(isOrdered);
    this.#resyncs++;
    for (const input of this.#inputs.values()) input?.restart();
  }

  push(packet: RtpPacket, receivedAtMs: number): void {
    this.#startedAtMs ??= receivedAtMs;
    this.#nowMs = receivedAtMs;
    this.#window.push(packet, receivedAtMs);
  }

  /** Bytes are missing that no sequence number tells of. */
  resynced(): void {
    this.#resyncs++;
    for (const input of this.#inputs.values()) input?.lost();
  }

  /** Gives up waiting for packets that are late. */
  expire(nowMs: number): void {
    if (this.#window.held === 0) return;
    this.#nowMs = nowMs;
    this.#window.expire(nowMs);
  }

  /** No more comes. What is held cannot be told to be whole, so it is not given out. */
  finish(): void {
    this.#window.flush();
  }

  packet(packet: RtpPacket): void {
    const known = this.#inputs.get(packet.payloadType) ?? this.#open(packet);
    known?.push(this.#isOrdered && known.keepsPackets ? ownPacket(packet) : packet, this.#nowMs - (this.#startedAtMs ?? 0));
  }

  gap(count: number): void {
    // Without a count the sender began anew, and its times may have too.
    for (const input of this.#inputs.values()) {
      if (count === 0) input?.restart();
      else input?.lost();
    }
  }

  #open({ payloadType, payload }: RtpPacket): RtpFrames | undefined {
    if (this.#inputs.has(payloadType) || this.#inputs.size >= MAX_PAYLOAD_TYPES) return undefined;
    const format = this.#formats.get(payloadType) ?? staticRtpFormat(payloadType);
    const told = format !== undefined && !isSystemStream(format) && !(this.#doubted.has(payloadType) && contradicts(format, payload));
    const input = told ? this.#create(format) : new SniffingInput(this.#sink, (found) => this.#create(found));
    this.#inputs.set(payloadType, input);
    return input;
  }

  #create(format: RtpFormat): RtpFrames | undefined {
    const { maxAccessUnitBytes } = this.#config;
    // One report speaks for all payload types of a sender, so that the time of day is set once.
    const options = { maxAccessUnitBytes, demuxers: DEMUXERS, clock: new RtpClock(format.clockRate, { wallClock: this.#wallClock }) };
    let input: RtpFrames | undefined;
    try {
      input = createRtpFrames(format, this.#sink, options);
    } catch (error) {
      // Parameters that cannot be read: those in the stream will do, where it has any.
      this.#sink.unreadable(messageOf(error));
      input = createRtpFrames({ ...format, parameters: {} }, this.#sink, options);
    }
    if (input === undefined) this.#sink.unsupported(format.encoding);
    return input;
  }
}
