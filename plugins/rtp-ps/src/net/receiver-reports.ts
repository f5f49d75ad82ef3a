import { randomInt } from 'node:crypto';
import { SluiceError } from '@sluice/core';
import {
  parseRtcp,
  ReceiverStatistics,
  type RtcpPacket,
  type RtpPacket,
  serializeReceiverReport,
  serializeSourceDescription,
  unixMsFromNtp,
  type WallClock,
} from '@sluice/plugin-format-rtp';

const CNAME = 1;
/** Larger is no report. */
const MAX_RTCP_BYTES = 1500;

/** RTCP of one sender: what it says of its clock, and reports to it of loss and jitter (RFC 3550 6.4). */
export class ReceiverReports {
  readonly #wallClock: WallClock;
  readonly #intervalMs: number;
  /** Our own SSRC. */
  readonly #ssrc = randomInt(1, 0xffff_ffff);
  #sender: number | undefined;
  #statistics: ReceiverStatistics | undefined;
  #nextMs = 0;
  #unreported = false;

  /** Some cameras stop without reports. */
  constructor(wallClock: WallClock, intervalMs: number) {
    this.#wallClock = wallClock;
    this.#intervalMs = intervalMs;
  }

  get jitterMs(): number {
    return this.#statistics?.jitterMs ?? 0;
  }

  /** Another sender: counts begin anew. `nowMs` as in `due`. */
  begin(sender: number, clockRate: number, nowMs: number): void {
    this.#sender = sender;
    this.#statistics = new ReceiverStatistics(clockRate);
    this.#nextMs = nowMs + this.#intervalMs;
    this.#wallClock.reset();
  }

  /** A packet as it arrived, before it is put in order. */
  receive(packet: RtpPacket, arrivalMs: number): void {
    this.#statistics?.receive(packet, arrivalMs);
    this.#unreported = true;
  }

  /** RTCP that came. True where it is a report of this sender. */
  control(bytes: Buffer, arrivalMs: number): boolean {
    for (const packet of parse(bytes)) {
      if (packet.type !== 'sender-report' || packet.ssrc !== this.#sender) continue;
      this.#statistics?.senderReport(packet.ntpTimestamp, arrivalMs);
      this.#wallClock.set(unixMsFromNtp(packet.ntpTimestamp), packet.rtpTimestamp);
      return true;
    }
    return false;
  }

  /** The report to be sent now, if any: once per interval while something comes. `nowMs` is that of arrivals. */
  due(nowMs: number): Buffer | undefined {
    if (this.#sender === undefined || this.#statistics === undefined || !this.#unreported || nowMs < this.#nextMs) return undefined;
    this.#nextMs = nowMs + this.#intervalMs;
    this.#unreported = false;
    const report = serializeReceiverReport({ ssrc: this.#ssrc, reports: [this.#statistics.report(this.#sender, nowMs)] });
    // RFC 3550 6.1: a compound, with a name.
    return Buffer.concat([report, serializeSourceDescription([{ ssrc: this.#ssrc, items: [{ type: CNAME, text: 'sluice' }] }])]);
  }
}

function parse(bytes: Buffer): RtcpPacket[] {
  if (bytes.length > MAX_RTCP_BYTES) return [];
  try {
    return parseRtcp(bytes);
  } catch (error) {
    if (error instanceof SluiceError) return [];
    throw error;
  }
}
