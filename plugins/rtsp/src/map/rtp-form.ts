import { Buffer } from 'node:buffer';
import type { Frame, Track, WireForm, WireMuxer, WireOutput } from '@sluice/core';
import {
  createPacketizer,
  ntpFromUnixMs,
  type RtpPacketizer,
  type RtpPacketSink,
  sdpFormat,
  serializeSenderReport,
  serializeSourceDescription,
} from '@sluice/plugin-format-rtp';
import { rtspError } from '../errors.js';

/** The RTP channel of each track, by track id; its RTCP channel is the next one. */
export type ChannelMap = ReadonlyMap<number, number>;

/** What packets are made with. */
export interface RtpFormOptions {
  readonly maxPayloadBytes: number;
  readonly reportIntervalMs: number;
  /** 32 random bits. */
  readonly random: () => number;
  /** Milliseconds since 1970. */
  readonly wallMs: () => number;
}

const DOLLAR = 0x24;
const FRAME_HEAD_BYTES = 4;
const CNAME = 1;

/** The payload type of a track in everything that is sent: RFC 3551's where there is one, else a dynamic one of its own. */
export function payloadTypeOf(track: Track): number {
  return sdpFormat(track)?.staticPayloadType ?? 96 + (track.id % 32);
}

/** One track of a muxer: its packets, framed for its channel. */
class Sender implements RtpPacketSink {
  readonly track: Track;
  readonly packetizer: RtpPacketizer;
  readonly #channel: number;
  readonly #out: { current: WireOutput };

  constructor(track: Track, packetizer: RtpPacketizer, channel: number, out: { current: WireOutput }) {
    this.track = track;
    this.packetizer = packetizer;
    this.#channel = channel;
    this.#out = out;
  }

  /** Puts the `$` heads of RFC 2326 10.12 into the headroom: a batch goes to a connection as it is, and to datagrams cut at the heads. */
  append(bytes: Buffer, ends: readonly number[]): void {
    let start = 0;
    for (let i = 0; i < ends.length; i++) {
      const end = ends[i] as number;
      writeFrameHead(bytes, start, this.#channel, end - start - FRAME_HEAD_BYTES);
      start = end;
    }
    this.#out.current.append(bytes, ends);
  }

  /** A sender report that says what RTP time `atMs` of the stream is, in a frame of its own. */
  report(atMs: number, wallMs: number): Buffer {
    const { ssrc, packets, octets } = this.packetizer;
    const rtpTimestamp = this.packetizer.timestampAt(atMs, 1000);
    const report = serializeSenderReport({
      ssrc,
      ntpTimestamp: ntpFromUnixMs(wallMs),
      rtpTimestamp,
      packetCount: packets >>> 0,
      octetCount: octets >>> 0,
      reports: [],
    });
    // RFC 3550 6.1: a compound, with a name.
    const name = serializeSourceDescription([{ ssrc, items: [{ type: CNAME, text: 'sluice' }] }]);
    const head = Buffer.allocUnsafe(FRAME_HEAD_BYTES);
    writeFrameHead(head, 0, this.#channel + 1, report.length + name.length);
    return Buffer.concat([head, report, name]);
  }
}

function writeFrameHead(bytes: Buffer, at: number, channel: number, length: number): void {
  bytes[at] = DOLLAR;
  bytes[at + 1] = channel;
  bytes.writeUInt16BE(length, at + 2);
}

/** Frames as RTP packets in interleaved frames, with sender reports among them. SSRCs, sequence numbers and times are those of all viewers. */
class RtpMuxer implements WireMuxer {
  readonly #channels: ChannelMap;
  readonly #options: RtpFormOptions;
  readonly #described: ReadonlyMap<number, Track>;
  readonly #senders = new Map<number, Sender>();
  readonly #out: { current: WireOutput } = { current: { append: () => {} } };
  /** Time of the newest frame, in milliseconds of the stream. */
  #atMs = 0;
  #reportedMs = Number.NEGATIVE_INFINITY;
  /** Somebody joined: before that, what was kept of the stream is muxed at once, and its times are not those of now. */
  #isLive = false;
  /** Time of day at time 0 of the stream: one line for all tracks, so that they stay together. */
  #wallAtZeroMs: number | undefined;

  constructor(channels: ChannelMap, options: RtpFormOptions, described: readonly Track[]) {
    this.#channels = channels;
    this.#options = options;
    this.#described = new Map(described.map((track) => [track.id, track]));
  }

  header(tracks: readonly Track[]): Buffer {
    this.#isLive = true;
    // A track that has not sent yet is reported too: without a report of each, a player could not line them up.
    for (const track of tracks) this.#sender(track);
    return Buffer.concat(this.#reports());
  }

  changed(track: Track): void {
    const known = this.#senders.get(track.id)?.track ?? this.#described.get(track.id);
    // What stands in the description cannot be told again; a player must ask for another one.
    if (known !== undefined && !describesSame(known, track)) throw rtspError('ERR_RTSP_OUTDATED', `track ${track.id} is another one now`);
  }

  mux(frame: Frame, out: WireOutput): void {
    this.#out.current = out;
    const sender = this.#sender(frame.track);
    this.#atMs = (frame.dts * 1000) / frame.track.clockRate;
    if (Math.abs(this.#atMs - this.#reportedMs) >= this.#options.reportIntervalMs) this.#report(out);
    sender.packetizer.packetize(frame, sender);
  }

  #sender(track: Track): Sender {
    return this.#senders.get(track.id) ?? this.#open(track);
  }

  #open(track: Track): Sender {
    this.changed(track);
    const { maxPayloadBytes, random } = this.#options;
    const channel = this.#channels.get(track.id);
    const options = {
      payloadType: payloadTypeOf(track),
      ssrc: random(),
      maxPayload: maxPayloadBytes,
      headroom: FRAME_HEAD_BYTES,
      sequence: random() & 0xffff,
      timestampOffset: random(),
    };
    const packetizer = createPacketizer(track, options);
    if (packetizer === undefined || channel === undefined) throw rtspError('ERR_RTSP_SDP', `track ${track.id} (${track.codec}) cannot be sent`);
    const sender = new Sender(track, packetizer, channel, this.#out);
    this.#senders.set(track.id, sender);
    return sender;
  }

  #report(out: WireOutput): void {
    if (this.#isLive) for (const report of this.#reports()) out.append(report);
    this.#reportedMs = this.#atMs;
  }

  #reports(): Buffer[] {
    this.#wallAtZeroMs ??= this.#options.wallMs() - this.#atMs;
    const wallMs = this.#wallAtZeroMs + this.#atMs;
    return [...this.#senders.values()].map((sender) => sender.report(this.#atMs, wallMs));
  }
}

/** Parameter sets of pictures come in band too; what else a description says must stay. */
function describesSame(before: Track, after: Track): boolean {
  if (before.codec !== after.codec) return false;
  const [a, b] = [sdpFormat(before), sdpFormat(after)];
  return a?.rtpmap === b?.rtpmap && (after.kind === 'video' || a?.fmtp === b?.fmtp);
}

/**
 * The form of a choice of channels. Nearly all players choose 0 and 2, and so share one rendition, over TCP and UDP; not with those to
 * whom another codec was described, as before a change. Those whose track is not as `described` are not sent it.
 */
export function createRtpForm(channels: ChannelMap, options: RtpFormOptions, described: readonly Track[] = []): WireForm {
  const rtpmaps = new Map(described.map((track) => [track.id, sdpFormat(track)?.rtpmap]));
  const name = [...channels].sort(([a], [b]) => a - b).map(([trackId, channel]) => `${trackId}:${channel}:${rtpmaps.get(trackId) ?? ''}`);
  return {
    name: `rtp ${name.join(' ')}`,
    accepts: (track) => channels.has(track.id) && sdpFormat(track) !== undefined,
    createMuxer: () => new RtpMuxer(channels, options, described),
    follows: describesSame,
  };
}
