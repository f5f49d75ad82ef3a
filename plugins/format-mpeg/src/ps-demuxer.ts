import type { AccessUnitSink } from './access-unit.js';
import { AudioStream } from './audio-stream.js';
import { ProgramClock } from './media-time.js';
import { BAD, MORE, PES_START_BYTES, parsePesHeader } from './pes.js';
import { ALIGNMENT_BYTES } from './picture-units.js';
import { codecOfStreamType, parseProgramStreamMap } from './program-stream-map.js';
import { FIRST_STREAM_ID, isAudioId, isVideoId, openTail, PACK_START, START_CODE, StreamId } from './start-code.js';
import { VideoStream } from './video-stream.js';

/** Limits of a demuxer. */
export interface PsDemuxerOptions {
  /** Largest access unit in bytes; a larger one is dropped. Default 8 MiB. */
  readonly maxAccessUnitBytes?: number;
  /** Elementary streams taken; further ones are skipped. Default 4. */
  readonly maxStreams?: number;
  /** Codec of audio that no map names. Default `g711a`. */
  readonly fallbackAudioCodec?: string;
}

/** What a demuxer saw. */
export interface PsCounts {
  accessUnits: number;
  /** Times when something was dropped or skipped for missing or broken bytes. */
  damaged: number;
  packs: number;
  skippedBytes: number;
}

type State = 'sync' | 'start' | 'payload' | 'unbounded' | 'gap' | 'skip' | 'map';

/** The longest header: a PES header with all its bytes, and as much of the payload as is looked at. */
const MAX_HEAD_BYTES = PES_START_BYTES + 3 + 255 + ALIGNMENT_BYTES;
/** ISO/IEC 13818-1 2.5.4.2 says 1018; some more is read, anything longer is skipped. */
const MAX_MAP_BYTES = 4096;
/** Six bytes, and three for each of 68 streams (2.5.3.5). */
const MAX_SYSTEM_HEADER_BYTES = 1024;
const EMPTY = Buffer.alloc(0);
const WAIT = -1;

/**
 * Takes a program stream (ISO/IEC 13818-1 2.5) apart, in chunks cut anywhere, as cameras send it (GB/T 28181-2016 annex C) and as DVDs have it.
 * Never throws: what is broken is dropped up to the next pack. Says nothing of RTP; its owner tells it of losses, times and markers.
 */
export class PsDemuxer {
  readonly counts: PsCounts = { accessUnits: 0, damaged: 0, packs: 0, skippedBytes: 0 };
  readonly #clock = new ProgramClock();
  readonly #sink: AccessUnitSink;
  readonly #maxAccessUnitBytes: number;
  readonly #maxStreams: number;
  readonly #fallbackAudioCodec: string;
  readonly #streams = new Map<number, VideoStream | AudioStream>();
  readonly #types = new Map<number, number>();
  #state: State = 'sync';
  /** The end of the last chunk: a head that is not whole. */
  #pending: Buffer = EMPTY;
  /** Bytes left of the payload, the map or what is skipped. */
  #left = 0;
  #target: VideoStream | AudioStream | undefined;
  #video: VideoStream | undefined;
  /** The last thing read was a map or a system header. */
  #isHeader = false;
  #map = EMPTY;

  constructor(sink: AccessUnitSink, options: PsDemuxerOptions = {}) {
    this.#sink = (unit) => {
      this.counts.accessUnits++;
      sink(unit);
    };
    this.#maxAccessUnitBytes = options.maxAccessUnitBytes ?? 8 * 1024 * 1024;
    this.#maxStreams = options.maxStreams ?? 4;
    this.#fallbackAudioCodec = options.fallbackAudioCodec ?? 'g711a';
  }

  /** Takes the next bytes. `fallbackTicks`: their time in 90 kHz (unwrapped RTP time stamp), used where the stream has none. */
  push(chunk: Buffer, fallbackTicks?: number): void {
    this.#clock.fallback = fallbackTicks;
    let offset = 0;
    if (this.#pending.length > 0) {
      offset = this.#continue(chunk);
      if (offset === WAIT) return;
    }
    offset = this.#parse(chunk, offset);
    if (offset < chunk.length) this.#pending = Buffer.from(chunk.subarray(offset));
  }

  /** Bytes are missing between the last chunk and the next. The access unit they belong to is dropped. */
  lost(): void {
    this.#damage();
  }

  /** A picture ends with the last chunk (RTP marker). Believed only as far as it proves right. */
  hint(): void {
    if (this.#state === 'start' && this.#pending.length === 0) this.#video?.hint();
    else if (this.#state === 'payload' && this.#target !== undefined && this.#target === this.#video) this.#video.falseHint();
  }

  /** The stream is over: gives out what is still held. */
  finish(): void {
    if (this.#state === 'start' || this.#state === 'unbounded' || this.#state === 'gap') {
      if (this.#state !== 'start') this.#target?.append(this.#pending);
      for (const stream of this.#streams.values()) if (stream instanceof VideoStream) stream.finish();
    }
    this.#damage();
  }

  /** Goes on with a head that began in an earlier chunk: just enough of this one is joined to it. */
  #continue(chunk: Buffer): number {
    const before = this.#pending.length;
    const joined = Buffer.concat([this.#pending, chunk.subarray(0, MAX_HEAD_BYTES)]);
    this.#pending = EMPTY;
    const offset = this.#parse(joined, 0);
    if (offset >= before) return offset - before;
    this.#pending = joined.subarray(offset);
    return WAIT;
  }

  /** Parses as far as it can; answers how far that was. */
  #parse(data: Buffer, offset: number): number {
    let at = offset;
    while (at < data.length) {
      const next = this.#step(data, at);
      if (next === WAIT) return at;
      // A scan keeps what may be the beginning of a start code.
      if (next < data.length && this.#isScanning && next + 3 >= data.length) return next;
      at = next;
    }
    return at;
  }

  get #isScanning(): boolean {
    return this.#state === 'sync' || this.#state === 'unbounded' || this.#state === 'gap';
  }

  #step(data: Buffer, at: number): number {
    switch (this.#state) {
      case 'sync':
        return this.#sync(data, at);
      case 'start':
        return this.#start(data, at);
      case 'unbounded':
      case 'gap':
        return this.#scan(data, at);
      default:
        return this.#take(data, at);
    }
  }

  /** Looks for a pack. */
  #sync(data: Buffer, at: number): number {
    const found = data.indexOf(PACK_START, at);
    const end = found >= 0 ? found : data.length - openTail(data, at);
    this.counts.skippedBytes += end - at;
    if (found >= 0) this.#state = 'start';
    return end;
  }

  /** Takes bytes of a known count. */
  #take(data: Buffer, at: number): number {
    const end = Math.min(data.length, at + this.#left);
    const view = at === 0 && end === data.length ? data : data.subarray(at, end);
    this.#left -= end - at;
    if (this.#state === 'payload') {
      if (!this.#append(view)) return end;
    } else if (this.#state === 'map') {
      view.copy(this.#map, this.#map.length - this.#left - view.length);
    }
    if (this.#left === 0) this.#finishTaken();
    return end;
  }

  #finishTaken(): void {
    if (this.#state === 'map') this.#applyMap();
    else if (this.#state === 'payload' && this.#target instanceof AudioStream) this.#target.end();
    if (this.#state !== 'payload') this.#target = undefined;
    this.#state = 'start';
  }

  /** Video up to the next start code that is none of a NAL unit: a PES packet without length, or one longer than its length can say. */
  #scan(data: Buffer, at: number): number {
    let found = data.indexOf(START_CODE, at);
    while (found >= 0 && found + 3 < data.length && (data[found + 3] as number) < FIRST_STREAM_ID) found = data.indexOf(START_CODE, found + 3);
    const isEnd = found >= 0 && found + 3 < data.length;
    const end = found >= 0 ? found : data.length - openTail(data, at);
    if (!this.#append(data.subarray(at, end))) return end;
    if (isEnd) this.#state = 'start';
    return end;
  }

  /** False where it is too much: the access unit is dropped. */
  #append(view: Buffer): boolean {
    const target = this.#target;
    if (target === undefined) return true;
    if (target.length + view.length > this.#maxAccessUnitBytes) {
      this.#damage();
      return false;
    }
    target.append(view);
    return true;
  }

  /** A start code must be here. */
  #start(data: Buffer, at: number): number {
    if (at + 4 > data.length) return WAIT;
    const id = data[at + 3] as number;
    if (data[at] !== 0 || data[at + 1] !== 0 || data[at + 2] !== 1 || id < FIRST_STREAM_ID) return this.#unexpected(at);
    if (id === StreamId.end) return at + 4;
    if (id === StreamId.pack) return this.#pack(data, at);
    if (at + PES_START_BYTES > data.length) return WAIT;
    const length = data.readUInt16BE(at + 4);
    this.#isHeader = false;
    if (isVideoId(id) || isAudioId(id)) return this.#pes(data, at, id, length);
    this.#target = undefined;
    this.#isHeader = id === StreamId.programStreamMap || id === StreamId.systemHeader;
    if (id === StreamId.systemHeader && length > MAX_SYSTEM_HEADER_BYTES) {
      // Not followed: what comes next has a start code of its own.
      this.#state = 'gap';
      return at + PES_START_BYTES;
    }
    const isMap = id === StreamId.programStreamMap && length > 0 && length <= MAX_MAP_BYTES;
    if (isMap) this.#map = Buffer.allocUnsafe(length);
    if (length > 0) this.#state = isMap ? 'map' : 'skip';
    this.#left = length;
    return at + PES_START_BYTES;
  }

  /** After video, what follows its length belongs to it: frames over 64 KiB in one PES packet have their length modulo 2^16. */
  #unexpected(at: number): number {
    // A map or system header that is longer than it says costs nothing either.
    if (this.#target instanceof VideoStream || this.#isHeader) this.#state = 'gap';
    else this.#damage();
    return at;
  }

  #pack(data: Buffer, at: number): number {
    if (at + 5 > data.length) return WAIT;
    const first = data[at + 4] as number;
    if (first >> 6 === 1) {
      if (at + 14 > data.length) return WAIT;
      const end = at + 14 + ((data[at + 13] as number) & 7);
      if (end > data.length) return WAIT;
      this.#beginPack();
      return end;
    }
    // ISO/IEC 11172-1 2.4.3.2
    if (first >> 4 === 2) {
      if (at + 12 > data.length) return WAIT;
      this.#beginPack();
      return at + 12;
    }
    this.#damage();
    return at + 4;
  }

  #beginPack(): void {
    this.counts.packs++;
    this.#isHeader = false;
    this.#target = undefined;
    this.#video?.pack();
  }

  #pes(data: Buffer, at: number, id: number, length: number): number {
    const isVideo = isVideoId(id);
    if (length === 0) {
      if (!isVideo) return at + PES_START_BYTES;
      if (at + 9 > data.length) return WAIT;
      // Length 0 and nothing in it, not even a header.
      if (data[at + 6] === 0 && data[at + 7] === 0 && data[at + 8] === 1) return at + PES_START_BYTES;
    }
    const header = parsePesHeader(data, at);
    if (header === MORE) return WAIT;
    const payload = header === BAD ? -1 : length === 0 ? Number.POSITIVE_INFINITY : PES_START_BYTES + length - header.bytes;
    if (header === BAD || payload < 0) {
      this.#damage();
      return at + 4;
    }
    const start = at + header.bytes;
    const head = Math.min(payload, ALIGNMENT_BYTES);
    if (isVideo && start + head > data.length) return WAIT;
    const stream = this.#stream(id);
    this.#target = stream;
    if (stream instanceof VideoStream) {
      this.#video = stream;
      stream.begin(header, data.subarray(start, start + head));
    } else {
      stream?.begin(header);
    }
    this.#state = payload === 0 ? 'start' : length === 0 ? 'unbounded' : 'payload';
    this.#left = payload;
    return start;
  }

  /** Codecs that the program stream map names. */
  get declared(): string[] {
    return [...this.#types.values()].flatMap((streamType) => codecOfStreamType(streamType) ?? []);
  }

  #stream(id: number): VideoStream | AudioStream | undefined {
    const known = this.#streams.get(id);
    if (known !== undefined || this.#streams.size >= this.#maxStreams) return known;
    const stream = isVideoId(id) ? new VideoStream(id, this.#clock, this.#sink) : new AudioStream(id, this.#clock, this.#sink, this.#fallbackAudioCodec);
    this.#streams.set(id, stream);
    this.#declare(id);
    return stream;
  }

  #applyMap(): void {
    // Only a changed stream type matters: versions count up with each key frame.
    for (const { streamId, streamType } of parseProgramStreamMap(this.#map)?.streams ?? []) {
      if (this.#types.get(streamId) === streamType) continue;
      this.#types.set(streamId, streamType);
      this.#declare(streamId);
    }
    this.#map = EMPTY;
  }

  #declare(id: number): void {
    const streamType = this.#types.get(id);
    this.#streams.get(id)?.declare(streamType === undefined ? undefined : codecOfStreamType(streamType));
  }

  /** Drops what is under way and goes on at the next pack. */
  #damage(): void {
    let dropped = this.#state !== 'sync' && this.#state !== 'start';
    for (const stream of this.#streams.values()) dropped = stream.lose() || dropped;
    if (dropped) this.counts.damaged++;
    this.#pending = EMPTY;
    this.#target = undefined;
    this.#isHeader = false;
    this.#map = EMPTY;
    this.#left = 0;
    this.#state = 'sync';
  }
}
