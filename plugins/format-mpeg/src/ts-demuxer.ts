import type { AccessUnitSink } from './access-unit.js';
import { AudioStream } from './audio-stream.js';
import { ProgramClock } from './media-time.js';
import { isAudioCodec } from './program-stream-map.js';
import { TsElementary } from './ts-elementary.js';
import { parseProgramAssociation, parseProgramMap, SectionReader, type TsMappedStream } from './ts-psi.js';
import { VideoStream } from './video-stream.js';

/** Limits of a demuxer. */
export interface TsDemuxerOptions {
  /** Largest access unit in bytes; a larger one is dropped. Default 8 MiB. */
  readonly maxAccessUnitBytes?: number;
  /** Elementary streams taken; further ones are skipped. Default 4. */
  readonly maxStreams?: number;
}

/** What a demuxer saw. */
export interface TsCounts {
  accessUnits: number;
  /** Times when bytes were missing or broken. */
  damaged: number;
  /** Of these, times when it was in pictures. */
  damagedVideo: number;
  /** Packets of 188 bytes. */
  packets: number;
  skippedBytes: number;
  /** Packets that only a key opens. */
  scrambled: number;
}

export const TS_PACKET_BYTES = 188;
const SYNC = 0x47;
const PROGRAM_ASSOCIATION_PID = 0;
const NULL_PID = 0x1fff;
const EMPTY = Buffer.alloc(0);

/**
 * Takes a transport stream (ISO/IEC 13818-1 2.4) apart, in chunks cut anywhere: the first program's streams, by its map.
 * Never throws: what is broken is dropped. Gives the same access units as `PsDemuxer`, with PIDs for stream ids.
 */
export class TsDemuxer {
  readonly counts: TsCounts = { accessUnits: 0, damaged: 0, damagedVideo: 0, packets: 0, skippedBytes: 0, scrambled: 0 };
  readonly #clock = new ProgramClock();
  readonly #sink: AccessUnitSink;
  readonly #maxAccessUnitBytes: number;
  readonly #maxStreams: number;
  readonly #streams = new Map<number, TsElementary>();
  readonly #codecs = new Map<number, string>();
  readonly #association = new SectionReader();
  readonly #map = new SectionReader();
  #mapPid = NULL_PID;
  /** The end of the last chunk: a packet that is not whole, or what is searched for two sync bytes. */
  #pending: Buffer = EMPTY;
  #inSync = false;

  constructor(sink: AccessUnitSink, options: TsDemuxerOptions = {}) {
    this.#sink = (unit) => {
      this.counts.accessUnits++;
      sink(unit);
    };
    this.#maxAccessUnitBytes = options.maxAccessUnitBytes ?? 8 * 1024 * 1024;
    this.#maxStreams = options.maxStreams ?? 4;
  }

  /** Codecs that the program map names. */
  get declared(): string[] {
    return [...this.#codecs.values()];
  }

  /** Takes the next bytes. `fallbackTicks`: their time in 90 kHz (unwrapped RTP time stamp), used where the stream has none. */
  push(chunk: Buffer, fallbackTicks?: number): void {
    this.#clock.fallback = fallbackTicks;
    let data = chunk;
    let at = 0;
    if (this.#pending.length > 0) {
      if (this.#inSync && this.#pending.length + chunk.length >= TS_PACKET_BYTES) {
        // Only the packet that spans chunks is joined; the others stay views.
        at = TS_PACKET_BYTES - this.#pending.length;
        const joined = Buffer.concat([this.#pending, chunk.subarray(0, at)]);
        this.#pending = EMPTY;
        this.#packet(joined);
      } else {
        data = Buffer.concat([this.#pending, chunk]);
        this.#pending = EMPTY;
      }
    }
    at = this.#parse(data, at);
    if (at < data.length) this.#pending = Buffer.from(data.subarray(at));
  }

  /** Bytes are missing between the last chunk and the next. */
  lost(): void {
    this.#damageAll();
    if (this.#pending.length > 0) {
      this.#pending = EMPTY;
      this.#inSync = false;
    }
  }

  /** The stream is over: gives out what is still held. */
  finish(): void {
    for (const elementary of this.#streams.values()) {
      if (elementary.end() && elementary.stream instanceof VideoStream) elementary.stream.finish();
      elementary.lose();
      elementary.forgetCounter();
    }
  }

  /** Answers where the rest begins that is no whole packet. */
  #parse(data: Buffer, offset: number): number {
    let at = offset;
    for (;;) {
      if (!this.#inSync) {
        const found = this.#findSync(data, at);
        this.counts.skippedBytes += found - at;
        at = found;
        if (!this.#inSync) return at;
      }
      if (at + TS_PACKET_BYTES > data.length) return at;
      if (data[at] !== SYNC) {
        this.#inSync = false;
        this.#damageAll();
        continue;
      }
      this.#packet(data.subarray(at, at + TS_PACKET_BYTES));
      at += TS_PACKET_BYTES;
    }
  }

  /** Two sync bytes, a packet apart. Where the chunk is a packet just so, as in RTP, one is enough. */
  #findSync(data: Buffer, offset: number): number {
    let at = data.indexOf(SYNC, offset);
    while (at >= 0) {
      const next = at + TS_PACKET_BYTES;
      if (next > data.length || (next === data.length && at > offset)) return at;
      if (next === data.length || data[next] === SYNC) {
        this.#inSync = true;
        return at;
      }
      at = data.indexOf(SYNC, at + 1);
    }
    return data.length;
  }

  #packet(packet: Buffer): void {
    if (packet[0] !== SYNC) {
      this.#inSync = false;
      this.#damageAll();
      return;
    }
    this.counts.packets++;
    const pid = packet.readUInt16BE(1) & 0x1fff;
    if (pid === NULL_PID) return;
    const control = packet[3] as number;
    const adaptation = (control & 0x20) === 0 ? 0 : 1 + (packet[4] as number);
    const isBroken = ((packet[1] as number) & 0x80) !== 0 || adaptation > TS_PACKET_BYTES - 4;
    const elementary = this.#streams.get(pid);
    if (isBroken) {
      if (elementary !== undefined) this.#damage(elementary);
      return;
    }
    // discontinuity_indicator: the counter begins anew, and nothing is missing.
    if (adaptation > 1 && ((packet[5] as number) & 0x80) !== 0) elementary?.forgetCounter();
    if ((control & 0x10) === 0) return;
    if ((control & 0xc0) !== 0) {
      this.counts.scrambled++;
      return;
    }
    this.#payload(pid, elementary, packet.subarray(4 + adaptation), ((packet[1] as number) & 0x40) !== 0, control & 15);
  }

  #payload(pid: number, elementary: TsElementary | undefined, payload: Buffer, starts: boolean, counter: number): void {
    if (pid === PROGRAM_ASSOCIATION_PID) {
      this.#associate(this.#association.push(payload, starts));
    } else if (pid === this.#mapPid) {
      this.#applyMap(this.#map.push(payload, starts));
    } else if (elementary !== undefined) {
      const order = elementary.follow(counter, payload);
      if (order === 'again') return;
      if (order === 'gap') this.#damage(elementary);
      if (elementary.stream.length + payload.length > this.#maxAccessUnitBytes) this.#damage(elementary);
      if (!elementary.push(payload, starts)) this.#countDamage(elementary);
    }
  }

  #associate(section: Buffer | undefined): void {
    const pid = section === undefined ? undefined : parseProgramAssociation(section);
    if (pid === undefined || pid === this.#mapPid) return;
    this.#mapPid = pid;
    this.#map.clear();
  }

  #applyMap(section: Buffer | undefined): void {
    const mapped = section === undefined ? undefined : parseProgramMap(section);
    if (mapped === undefined) return;
    for (const pid of this.#streams.keys()) {
      if (mapped.some((stream) => stream.pid === pid)) continue;
      this.#streams.delete(pid);
      this.#codecs.delete(pid);
    }
    for (const stream of mapped) this.#declare(stream);
  }

  #declare({ pid, codec }: TsMappedStream): void {
    if (this.#codecs.get(pid) === codec) return;
    const known = this.#streams.get(pid);
    const isAudio = isAudioCodec(codec);
    if (known === undefined || known.stream instanceof AudioStream !== isAudio) {
      if (known === undefined && this.#streams.size >= this.#maxStreams) return;
      const stream = isAudio ? new AudioStream(pid, this.#clock, this.#sink, codec) : new VideoStream(pid, this.#clock, this.#sink);
      this.#streams.set(pid, new TsElementary(stream));
    }
    this.#codecs.set(pid, codec);
    this.#streams.get(pid)?.stream.declare(codec);
  }

  #damage(elementary: TsElementary): void {
    elementary.lose();
    this.#countDamage(elementary);
  }

  #countDamage(elementary: TsElementary): void {
    this.counts.damaged++;
    if (elementary.stream instanceof VideoStream) this.counts.damagedVideo++;
  }

  #damageAll(): void {
    let dropped = false;
    for (const elementary of this.#streams.values()) {
      dropped = elementary.lose() || dropped;
      elementary.forgetCounter();
    }
    this.#association.clear();
    this.#map.clear();
    if (!dropped) return;
    this.counts.damaged++;
    this.counts.damagedVideo++;
  }
}
