import type { EncodedUnit, FrameEncoder, PcmDecoder } from '../audio/pcm.js';
import type { OpusHandler, OpusLibrary } from './opus-library.js';

/** Hertz that libopus is used at. Of our packages nothing is loaded here: threads would start late with all of the core in them. */
const SAMPLE_RATE = 48_000;
/** 20 ms at 48 kHz, what nearly everybody sends. */
const FRAME_SAMPLES = 960;
/** What libopus looks ahead for sound of any kind, at 48 kHz: 6.5 ms (`OPUS_GET_LOOKAHEAD`). */
export const OPUS_LOOKAHEAD = 312;

const OPUS_SET_BITRATE = 4002;
const OPUS_SET_COMPLEXITY = 4010;
/** Of 0 to 10: half the work of the highest one. */
const COMPLEXITY = 5;

/** Decodes packets of any mode and length. What comes out belongs at a packet's time: senders count the pre-skip in, or are 6.5 ms late. */
export function createOpusDecoder(library: OpusLibrary, channels: number): PcmDecoder {
  const handler = library.open(SAMPLE_RATE, channels);
  return {
    pauses: true,
    // Nothing at all would be taken for a packet that was lost.
    decode: (unit) => (unit.length === 0 ? undefined : { channels: library.decode(handler, unit, channels), sampleRate: SAMPLE_RATE, delay: 0 }),
    close: () => library.close(handler),
  };
}

/** Makes packets of 20 ms at 48 kHz; `bitrate` in bit/s, all channels together. */
export function createOpusEncoder(library: OpusLibrary, channels: number, bitrate: number): FrameEncoder {
  const handler = library.open(SAMPLE_RATE, channels);
  handler._encoder_ctl(OPUS_SET_BITRATE, bitrate);
  handler._encoder_ctl(OPUS_SET_COMPLEXITY, COMPLEXITY);
  return new OpusEncoder(library, handler, channels);
}

class OpusEncoder implements FrameEncoder {
  readonly frameSamples = FRAME_SAMPLES;
  readonly delay = OPUS_LOOKAHEAD;
  readonly #library: OpusLibrary;
  readonly #handler: OpusHandler;
  readonly #channels: number;
  #frames = 0;

  constructor(library: OpusLibrary, handler: OpusHandler, channels: number) {
    this.#library = library;
    this.#handler = handler;
    this.#channels = channels;
  }

  encode(samples: Float32Array): readonly EncodedUnit[] {
    return [{ frame: this.#frames++, bytes: this.#library.encode(this.#handler, samples, this.#channels) }];
  }

  close(): void {
    this.#library.close(this.#handler);
  }
}
