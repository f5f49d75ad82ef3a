import { Buffer } from 'node:buffer';
import { type CodecDescriptor, createFrame, type Frame, type FrameBuilder, type FrameBuilderOptions, type Track } from '@sluice/core';
import { opusError } from './errors.js';
import { makeOpusHead, parseOpusHead } from './opus-head.js';
import { OPUS_CLOCK_RATE, parseOpusPacketHead } from './opus-packet.js';
import type { OpusParameters } from './parameters.js';

/** 48 frames of 1275 bytes and their lengths (RFC 6716 3.2.5), and room for several streams of a channel mapping. */
const MAX_PACKET_BYTES = 128 * 1024;

/**
 * Opus for inputs and formats. Parameters are `OpusParameters`, of which `head` is read. The track is known at once: where no header comes, one is
 * made, with the channels of the hints (one by default), and once more where packets turn out to be stereo.
 */
export const opus: CodecDescriptor = { name: 'opus', kind: 'audio', createBuilder: (options) => new Builder(options) };

class Builder implements FrameBuilder {
  readonly #trackId: number;
  readonly #clockRate: number;
  #track: Track;
  #parameters: OpusParameters;
  /** The channels are a guess: no header told them. */
  #guessed = true;

  constructor({ trackId, clockRate, hints, parameters }: FrameBuilderOptions) {
    this.#trackId = trackId;
    this.#clockRate = clockRate;
    this.#parameters = parseOpusHead(makeOpusHead({ channels: hints?.channels === 2 ? 2 : 1 }));
    this.#track = this.#makeTrack(0);
    if (parameters !== undefined) this.#adopt(headOf(parameters), 0);
  }

  get track(): Track {
    return this.#track;
  }

  setParameters(parameters: unknown): void {
    const head = headOf(parameters);
    this.#guessed = false;
    if (!head.equals(this.#parameters.head)) this.#adopt(head, this.#track.epoch + 1);
  }

  build(units: readonly Buffer[], dts: number, pts: number, wallClockMs?: number): Frame | undefined {
    const [unit] = units;
    if (unit === undefined || unit.length === 0) return undefined;
    if (units.length > 1) throw opusError('ERR_OPUS_UNITS', `${units.length} units where a frame has one`);
    if (unit.length > MAX_PACKET_BYTES) throw opusError('ERR_OPUS_TOO_LARGE', `a packet of ${unit.length} bytes, ${MAX_PACKET_BYTES} allowed`);
    if (this.#guessed && this.#parameters.channels === 1 && parseOpusPacketHead(unit)?.channels === 2) {
      this.#parameters = parseOpusHead(makeOpusHead({ channels: 2 }));
      this.#track = this.#makeTrack(this.#track.epoch + 1);
    }
    return createFrame(this.#track, dts, pts, true, units, wallClockMs);
  }

  #adopt(head: Buffer, epoch: number): void {
    this.#parameters = parseOpusHead(Buffer.from(head));
    this.#guessed = false;
    this.#track = this.#makeTrack(epoch);
  }

  #makeTrack(epoch: number): Track {
    return Object.freeze({
      id: this.#trackId,
      kind: 'audio' as const,
      codec: 'opus' as const,
      clockRate: this.#clockRate,
      epoch,
      parameters: this.#parameters,
      info: { sampleRate: OPUS_CLOCK_RATE, channels: this.#parameters.channels },
    });
  }
}

function headOf(parameters: unknown): Buffer {
  const head = (parameters as { readonly head?: unknown } | null | undefined)?.head;
  if (!Buffer.isBuffer(head)) throw opusError('ERR_OPUS_PARAMETERS', 'Opus parameters are { head }, an identification header');
  return head;
}
