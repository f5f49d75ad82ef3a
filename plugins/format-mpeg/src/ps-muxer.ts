import { Buffer } from 'node:buffer';
import { type Frame, parametersOf, rescale, SluiceError, type Track } from '@sluice/core';
import { serializeAdtsHeader } from '@sluice/plugin-codec-aac';
import { h264UnitsWithSets } from '@sluice/plugin-codec-h264';
import { h265UnitsWithSets } from '@sluice/plugin-codec-h265';
import { PS_CLOCK_RATE } from './program-frames.js';
import type { MappedStream } from './program-stream-map.js';
import { MAX_PES_PAYLOAD, pesHeaderBytes, serializePackHeader, serializeProgramStreamMap, serializeSystemHeader, writePesHeader } from './ps-writer.js';

/** How a program stream is written. */
export interface PsMuxerOptions {
  /** In units of 50 bytes per second, for pack and system headers. Default 6106. */
  readonly muxRate?: number;
}

/** Decoding and presentation time in 90 kHz. */
export interface MuxTimes {
  readonly dts: number;
  readonly pts: number;
}

const VIDEO_ID = 0xe0;
const AUDIO_ID = 0xc0;
const STREAM_TYPES: ReadonlyMap<string, number> = new Map([
  ['h264', 0x1b],
  ['h265', 0x24],
  ['aac', 0x0f],
  ['g711a', 0x90],
  ['g711u', 0x91],
]);
const START_CODE = Buffer.from([0, 0, 0, 1]);
/** Without key frames, the map comes so often: who joins late must know it. */
const MAP_INTERVAL_TICKS = 2 * PS_CLOCK_RATE;
const ROUND = 2 ** 33;

/**
 * Makes a program stream as GB/T 28181-2016 annex C has it: a pack for each frame, in front of key frames a system header and a map. Parameter sets
 * stand before each key frame, AAC gets ADTS headers. H.264, H.265, AAC, G.711.
 */
export class PsMuxer {
  readonly #muxRate: number;
  #video: Track | undefined;
  #audio: Track | undefined;
  #version = 0;
  #mapped: string | undefined;
  #lastMapTicks: number | undefined;

  constructor(options: PsMuxerOptions = {}) {
    this.#muxRate = options.muxRate ?? 6106;
  }

  /** Whether frames of a codec can be written. */
  static supports(codec: string): boolean {
    return STREAM_TYPES.has(codec);
  }

  /** Tells tracks before their first frame comes, so that the first map names them all. Others than those supported are left out. */
  announce(tracks: readonly Track[]): void {
    for (const track of tracks) if (PsMuxer.supports(track.codec)) this.#note(track);
  }

  /**
   * One frame as one pack. `times`: where the frame's own times are not those to be written.
   * Throws `ERR_MPEG_CODEC` for a codec that is not supported.
   */
  mux(frame: Frame, times: MuxTimes = inTicks(frame)): Buffer {
    const { track } = frame;
    if (!PsMuxer.supports(track.codec)) throw new SluiceError('ERR_MPEG_CODEC', `${track.codec} in a program stream`);
    this.#note(track);
    const parts = partsOf(frame);
    const head = this.#head(frame, times.dts);
    return writePack(head, track.kind === 'video' ? VIDEO_ID : AUDIO_ID, times, parts);
  }

  #note(track: Track): void {
    if (track.kind === 'video') this.#video = track;
    else if (track.kind === 'audio') this.#audio = track;
  }

  #head(frame: Frame, dts: number): Buffer[] {
    const pack = serializePackHeader(((dts % ROUND) + ROUND) % ROUND, this.#muxRate);
    const isKeyPicture = frame.key && frame.track.kind === 'video';
    const streams = this.#streams();
    const mapped = streams.map(({ streamType, streamId }) => `${streamType}:${streamId}`).join();
    const last = this.#lastMapTicks;
    const isDue = last === undefined || mapped !== this.#mapped || dts < last || dts - last >= MAP_INTERVAL_TICKS;
    if (!isKeyPicture && !isDue) return [pack];
    if (this.#mapped !== undefined && mapped !== this.#mapped) this.#version = (this.#version + 1) & 31;
    this.#mapped = mapped;
    this.#lastMapTicks = dts;
    return [
      pack,
      serializeSystemHeader(
        streams.map(({ streamId }) => streamId),
        this.#muxRate,
      ),
      serializeProgramStreamMap({ version: this.#version, streams }),
    ];
  }

  #streams(): MappedStream[] {
    const streams: MappedStream[] = [];
    if (this.#video !== undefined) streams.push({ streamType: STREAM_TYPES.get(this.#video.codec) ?? 0, streamId: VIDEO_ID });
    if (this.#audio !== undefined) streams.push({ streamType: STREAM_TYPES.get(this.#audio.codec) ?? 0, streamId: AUDIO_ID });
    return streams;
  }
}

function inTicks({ track, dts, pts }: Frame): MuxTimes {
  return { dts: rescale(dts, track.clockRate, PS_CLOCK_RATE), pts: rescale(pts, track.clockRate, PS_CLOCK_RATE) };
}

/** The elementary stream's bytes: views, and what goes between them. */
function partsOf(frame: Frame): Buffer[] {
  const { track, units } = frame;
  const aac = parametersOf(track, 'aac');
  if (aac !== undefined) return units.flatMap((unit) => [serializeAdtsHeader(aac, unit.length), unit]);
  if (track.kind !== 'video') return [...units];
  const parts: Buffer[] = [];
  for (const unit of unitsOf(frame)) parts.push(START_CODE, unit);
  return parts;
}

/** The units to be written: parameter sets stand before each key frame. */
function unitsOf(frame: Frame): readonly Buffer[] {
  return frame.track.codec === 'h265' ? h265UnitsWithSets(frame) : h264UnitsWithSets(frame);
}

/** The pack, in a buffer of just its size. */
function writePack(head: readonly Buffer[], streamId: number, times: MuxTimes, parts: readonly Buffer[]): Buffer {
  const payloadBytes = sum(parts);
  const packets = Math.max(1, Math.ceil(payloadBytes / MAX_PES_PAYLOAD));
  const bytes = Buffer.allocUnsafe(sum(head) + payloadBytes + pesHeaderBytes(times) + (packets - 1) * pesHeaderBytes({}));
  let at = 0;
  for (const part of head) at += part.copy(bytes, at);
  let left = payloadBytes;
  let room = Math.min(left, MAX_PES_PAYLOAD);
  // The time stands with the first packet of a frame only.
  at = writePesHeader(bytes, at, streamId, times, room);
  for (const part of parts) {
    for (let from = 0; from < part.length; ) {
      if (room === 0) {
        room = Math.min(left, MAX_PES_PAYLOAD);
        at = writePesHeader(bytes, at, streamId, {}, room);
      }
      const copied = part.copy(bytes, at, from, Math.min(part.length, from + room));
      from += copied;
      at += copied;
      room -= copied;
      left -= copied;
    }
  }
  return bytes;
}

function sum(parts: readonly Buffer[]): number {
  let length = 0;
  for (const part of parts) length += part.length;
  return length;
}
