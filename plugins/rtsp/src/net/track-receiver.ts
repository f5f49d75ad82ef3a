import { SluiceError } from '@sluice/core';
import { PsFrames, TsFrames } from '@sluice/plugin-format-mpeg';
import {
  createRtpFrames,
  parseRtcp,
  ReceiverStatistics,
  type ReorderSink,
  ReorderWindow,
  RtpClock,
  type RtpFormat,
  type RtpFrames,
  type RtpFramesSink,
  type RtpPacket,
  type RtpSync,
  serializeReceiverReport,
  serializeSourceDescription,
  tryParseRtp,
} from '@sluice/plugin-format-rtp';
import { randomNumber } from './random.js';

/** How the packets of one medium are received. */
export interface TrackReceiverOptions {
  readonly format: RtpFormat;
  readonly payloadType: number;
  readonly trackId: number;
  /** The time line of the session's tracks. */
  readonly sync: RtpSync;
  /** When the session began: monotonic ms, as packets are told. */
  readonly startedAtMs: number;
  /** `undefined` where the transport keeps order. */
  readonly reorder: { readonly packets: number; readonly holdMs: number } | undefined;
  readonly maxAccessUnitBytes: number;
  readonly reportIntervalMs: number;
}

/** Where frames go, and counts of the input's health: a `Publisher` is one, with `unsupported`. */
export interface TrackReceiverSink extends RtpFramesSink {
  /** Adds to a count of the stream's health. */
  count(kind: string, by: number): void;
}

/** Byte streams in RTP (RFC 2250 2); program streams are what some NVRs send, as in GB/T 28181. */
const DEMUXERS = { MP2T: TsFrames, PS: PsFrames };
const CNAME = 1;
const MAX_RTCP_BYTES = 4096;

/** The packets of one medium of an RTSP session: put in order, made into frames, counted and reported. For server and client. */
export class TrackReceiver implements ReorderSink {
  readonly #options: TrackReceiverOptions;
  readonly #sink: TrackReceiverSink;
  readonly #frames: RtpFrames | undefined;
  readonly #clock: RtpClock;
  readonly #ownSsrc = randomNumber();
  #window: ReorderWindow;
  #statistics: ReceiverStatistics;
  #ssrc = -1;
  #packets = 0;
  #reportedPackets = 0;
  #nextReportMs = 0;
  #nowMs = 0;
  /** Counts of windows before this one. */
  readonly #before = { lost: 0, reordered: 0, duplicate: 0, resyncs: 0 };
  readonly #told = new Map<string, number>();
  #malformed = 0;

  constructor(options: TrackReceiverOptions, sink: TrackReceiverSink) {
    this.#options = options;
    this.#sink = sink;
    this.#clock = new RtpClock(options.format.clockRate, { sync: options.sync });
    this.#window = this.#makeWindow();
    this.#statistics = new ReceiverStatistics(options.format.clockRate);
    this.#frames = this.#makeFrames();
    if (this.#frames === undefined) sink.unsupported(options.format.encoding);
  }

  /** What is received is of this payload type alone. */
  get payloadType(): number {
    return this.#options.payloadType;
  }

  #makeWindow(): ReorderWindow {
    return new ReorderWindow(this, this.#options.reorder ?? { packets: 0 });
  }

  #makeFrames(): RtpFrames | undefined {
    const { format, trackId, maxAccessUnitBytes } = this.#options;
    const options = { clock: this.#clock, trackId, maxAccessUnitBytes, demuxers: DEMUXERS };
    try {
      return createRtpFrames(format, this.#sink, options);
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      // Parameters that cannot be read: those in the stream will do, where it has any.
      return createRtpFrames({ ...format, parameters: {} }, this.#sink, options);
    }
  }

  /** A packet as it arrived; `receivedAtMs` is monotonic. */
  rtp(bytes: Buffer, receivedAtMs: number): void {
    const packet = tryParseRtp(bytes);
    if (typeof packet === 'string' || packet.payloadType !== this.#options.payloadType) {
      this.#malformed++;
      return;
    }
    if (packet.ssrc !== this.#ssrc) this.#begin(packet.ssrc, receivedAtMs);
    this.#packets++;
    this.#nowMs = receivedAtMs;
    this.#statistics.receive(packet, receivedAtMs);
    this.#window.push(packet, receivedAtMs);
  }

  /** Another sender, or the first: sequence numbers and times begin anew. */
  #begin(ssrc: number, nowMs: number): void {
    const isFirst = this.#ssrc < 0;
    this.#ssrc = ssrc;
    this.#nextReportMs = nowMs + this.#options.reportIntervalMs;
    if (isFirst) return;
    this.#window.flush();
    const { lost, reordered, duplicate, resets } = this.#window.counts;
    this.#before.lost += lost;
    this.#before.reordered += reordered;
    this.#before.duplicate += duplicate;
    this.#before.resyncs += resets + 1;
    this.#window = this.#makeWindow();
    this.#statistics = new ReceiverStatistics(this.#options.format.clockRate);
    this.#frames?.restart();
  }

  /** RTCP of the sender. */
  rtcp(bytes: Buffer, receivedAtMs: number): void {
    if (bytes.length > MAX_RTCP_BYTES) return;
    try {
      for (const packet of parseRtcp(bytes)) {
        // Some send a report before the first packet.
        if (packet.type !== 'sender-report' || (this.#ssrc >= 0 && packet.ssrc !== this.#ssrc)) continue;
        this.#statistics.senderReport(packet.ntpTimestamp, receivedAtMs);
        this.#clock.senderReport(packet);
      }
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      this.#malformed++;
    }
  }

  packet(packet: RtpPacket): void {
    this.#frames?.push(packet, this.#nowMs - this.#options.startedAtMs);
  }

  gap(count: number): void {
    // Without a count the sender began anew, and its times may have too.
    if (count === 0) this.#frames?.restart();
    else this.#frames?.lost();
  }

  /** To be called a few times a second. Answers a receiver report that is due. */
  tick(nowMs: number): Buffer | undefined {
    if (this.#window.held > 0) {
      this.#nowMs = nowMs;
      this.#window.expire(nowMs);
    }
    this.#tell();
    if (this.#ssrc < 0 || nowMs < this.#nextReportMs || this.#packets === this.#reportedPackets) return undefined;
    this.#nextReportMs = nowMs + this.#options.reportIntervalMs;
    this.#reportedPackets = this.#packets;
    const ssrc = this.#ownSsrc;
    const report = serializeReceiverReport({ ssrc, reports: [this.#statistics.report(this.#ssrc, nowMs)] });
    // RFC 3550 6.1: a compound, with a name.
    return Buffer.concat([report, serializeSourceDescription([{ ssrc, items: [{ type: CNAME, text: 'sluice' }] }])]);
  }

  /** No more comes. */
  finish(): void {
    this.#window.flush();
    this.#frames?.finish();
    this.#tell();
  }

  /** Adds what was counted since the last time to the health of the stream. */
  #tell(): void {
    const { lost, reordered, duplicate, resets } = this.#window.counts;
    const before = this.#before;
    this.#tellCount('lost', before.lost + lost);
    this.#tellCount('reordered', before.reordered + reordered);
    this.#tellCount('duplicate', before.duplicate + duplicate);
    this.#tellCount('resyncs', before.resyncs + resets);
    this.#tellCount('malformed', this.#malformed);
    const counts = this.#frames?.counts;
    if (counts === undefined) return;
    this.#tellCount('damaged', counts.damaged);
    this.#tellCount('refused', counts.refused);
    this.#tellCount('skipped', counts.skipped);
  }

  #tellCount(kind: string, value: number): void {
    const by = value - (this.#told.get(kind) ?? 0);
    if (by === 0) return;
    this.#told.set(kind, value);
    this.#sink.count(kind, by);
  }
}
