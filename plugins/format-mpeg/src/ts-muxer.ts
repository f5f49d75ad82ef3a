import { Buffer } from 'node:buffer';
import { type Frame, SluiceError, type Track } from '@sluice/core';
import { elementaryParts, sum, timesOf } from './elementary.js';
import { pesHeaderBytes, writePesHeader } from './ps-writer.js';
import { TS_PACKET_BYTES } from './ts-demuxer.js';
import { serializeProgramAssociation, serializeProgramMap } from './ts-tables.js';
import { Continuity, type FirstPacket, tsPackets, writeSectionPacket, writeTsPackets } from './ts-writer.js';

const MAP_PID = 0x1000;
const PIDS = { video: 0x100, audio: 0x101 } as const;
const STREAM_IDS = { video: 0xe0, audio: 0xc0 } as const;
const STREAM_TYPES: ReadonlyMap<string, number> = new Map([
  ['h264', 0x1b],
  ['h265', 0x24],
  ['aac', 0x0f],
  ['mp3', 0x03],
]);
/** The clock runs so far before the decoding times: sound that is written a little late is not late for it. */
const CLOCK_LEAD_TICKS = 45_000;

/** How a transport stream is written. */
export interface TsMuxerOptions {
  /** Added to all times, in 90 kHz. */
  readonly offsetTicks?: number;
  /** What it goes on from: the counters of packets run on, so that none seems lost to those who read both as one. */
  readonly after?: TsMuxer | undefined;
}

/** A frame ready to be written. */
interface Packed {
  readonly pid: number;
  readonly first: FirstPacket;
  readonly pieces: readonly Buffer[];
}

/**
 * Makes pieces of one transport stream, each of which begins with its tables: H.264, H.265, AAC and MP3. Pictures begin with a delimiter
 * (ISO/IEC 13818-1 2.14.1), parameter sets stand before each key frame, AAC gets ADTS headers.
 */
export class TsMuxer {
  readonly #continuity: Continuity;
  readonly #association = serializeProgramAssociation(MAP_PID);
  readonly #map: Buffer;
  readonly #clockPid: number;
  readonly #offsetTicks: number;

  /** `tracks`: one of video, one of audio, or both. Throws `ERR_MPEG_CODEC` for a codec that is not supported. */
  constructor(tracks: readonly Track[], options: TsMuxerOptions = {}) {
    const streams = tracks.map((track) => ({ pid: pidOf(track), streamType: streamTypeOf(track) }));
    this.#clockPid = streams.some(({ pid }) => pid === PIDS.video) ? PIDS.video : PIDS.audio;
    this.#map = serializeProgramMap(streams, this.#clockPid);
    this.#offsetTicks = options.offsetTicks ?? 0;
    this.#continuity = options.after === undefined ? new Continuity() : options.after.#continuity;
  }

  /** Whether frames of a codec can be written. */
  static supports(codec: string): boolean {
    return STREAM_TYPES.has(codec);
  }

  /** The frames, in their order, behind the tables: one buffer of just its size. */
  mux(frames: readonly Frame[]): Buffer {
    const packed = frames.map((frame) => this.#pack(frame));
    let packets = 2;
    for (const { first, pieces } of packed) packets += tsPackets(sum(pieces), first);
    const bytes = Buffer.allocUnsafe(packets * TS_PACKET_BYTES);
    let at = writeSectionPacket(bytes, 0, 0, this.#association, this.#continuity);
    at = writeSectionPacket(bytes, at, MAP_PID, this.#map, this.#continuity);
    for (const { pid, first, pieces } of packed) at = writeTsPackets(bytes, at, pid, first, pieces, this.#continuity);
    return bytes;
  }

  #pack(frame: Frame): Packed {
    const pid = pidOf(frame.track);
    const own = timesOf(frame);
    const times = { dts: own.dts + this.#offsetTicks, pts: own.pts + this.#offsetTicks };
    const parts = elementaryParts(frame, true);
    const video = pid === PIDS.video;
    const head = Buffer.allocUnsafe(pesHeaderBytes(times));
    writePesHeader(head, 0, video ? STREAM_IDS.video : STREAM_IDS.audio, times, video ? 0 : sum(parts));
    // 2.4.3.7: pictures may leave the length open, which 16 bits could not say; data_alignment_indicator, as each packet begins a frame.
    if (video) head.writeUInt16BE(0, 4);
    head[6] = (head[6] as number) | 0x04;
    const randomAccess = frame.key && pid === this.#clockPid;
    const first = pid === this.#clockPid ? { clock: times.dts - CLOCK_LEAD_TICKS, randomAccess } : { randomAccess };
    return { pid, first, pieces: [head, ...parts] };
  }
}

function pidOf({ kind, codec }: Track): number {
  if (kind === 'data') throw unsupported(codec);
  return PIDS[kind];
}

function streamTypeOf({ codec }: Track): number {
  const type = STREAM_TYPES.get(codec);
  if (type === undefined) throw unsupported(codec);
  return type;
}

function unsupported(codec: string): SluiceError {
  return new SluiceError('ERR_MPEG_CODEC', `${codec} in a transport stream`);
}
