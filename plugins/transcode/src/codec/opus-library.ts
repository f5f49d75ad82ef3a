import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** 120 ms at 48 kHz, the most a packet may last (RFC 6716 3.2.5, R5). */
const MAX_PACKET_SAMPLES = 5760;
const MAX_CHANNELS = 2;
/** The library has a word of 16 bits for each byte of a sample. */
const BYTES_PER_SAMPLE = 4;
/** Beyond any packet of one stream that somebody sends: 48 frames of 2.5 ms at 510 kbit/s have 7650 bytes. */
const MAX_PACKET_BYTES = 8192;

const OPUS_APPLICATION_AUDIO = 2049;

/** libopus as the library compiled it: an encoder and a decoder in one. Pointers are numbers; negative answers are errors of libopus. */
export interface OpusHandler {
  _encode(input: number, inputBytes: number, output: number, frameSamples: number): number;
  _decode(input: number, inputBytes: number, output: number): number;
  _encoder_ctl(request: number, value: number): number;
}

interface OpusModule {
  readonly HEAPU8: Uint8Array;
  readonly HEAPU32: Uint32Array;
  readonly OpusScriptHandler: {
    new (sampleRate: number, channels: number, application: number): OpusHandler;
    destroy_handler(handler: OpusHandler): void;
  };
  _malloc(bytes: number): number;
}

/** Whether libopus is installed. */
export function hasOpus(): boolean {
  try {
    return existsSync(fileURLToPath(new URL('./build/opusscript_native_wasm.wasm', import.meta.resolve('opusscript'))));
  } catch {
    return false;
  }
}

/** libopus and the memory by which packets and samples go in and out; one for all tracks of a thread, as each call is over before the next one. */
export class OpusLibrary {
  readonly #module: OpusModule;
  readonly #packet: number;
  readonly #samples: number;

  private constructor(module: OpusModule) {
    this.#module = module;
    this.#packet = module._malloc(MAX_PACKET_BYTES);
    this.#samples = module._malloc(MAX_PACKET_SAMPLES * MAX_CHANNELS * BYTES_PER_SAMPLE);
    if (this.#packet === 0 || this.#samples === 0) throw new Error('libopus has no memory');
  }

  /** The library's own API keeps views of memory that moves when it grows, so its WebAssembly module is loaded without it. Rejects where it cannot be. */
  static async load(): Promise<OpusLibrary> {
    try {
      const { default: create } = await import('opusscript/build/opusscript_native_wasm.js');
      return new OpusLibrary(create() as OpusModule);
    } catch (error) {
      throw new Error('libopus cannot be loaded', { cause: error });
    }
  }

  open(sampleRate: number, channels: number): OpusHandler {
    return new this.#module.OpusScriptHandler(sampleRate, channels, OPUS_APPLICATION_AUDIO);
  }
  close(handler: OpusHandler): void {
    this.#module.OpusScriptHandler.destroy_handler(handler);
  }

  /** Encodes one frame, samples of -1 to 1 interleaved. Throws what libopus says. */
  encode(handler: OpusHandler, samples: Float32Array, channels: number): Uint8Array {
    const words = this.#module.HEAPU32;
    const first = this.#samples / BYTES_PER_SAMPLE;
    for (let i = 0; i < samples.length; i++) {
      const value = Math.round(Math.max(-1, Math.min(1, samples[i] as number)) * 32_767);
      words[first + i] = (value & 0xff) | ((value & 0xff00) << 8);
    }
    const size = handler._encode(this.#samples, samples.length * 2, this.#packet, samples.length / channels);
    if (size < 0) throw new Error(`the Opus encoder failed with ${size}`);
    return this.#module.HEAPU8.slice(this.#packet, this.#packet + size);
  }

  /** Decodes one packet, to samples of -1 to 1 by channel. Throws where it cannot be read. */
  decode(handler: OpusHandler, packet: Uint8Array, channels: number): Float32Array[] {
    if (packet.length > MAX_PACKET_BYTES) throw new Error(`a packet of ${packet.length} bytes`);
    this.#module.HEAPU8.set(packet, this.#packet);
    const length = handler._decode(this.#packet, packet.length, this.#samples);
    if (length < 0) throw new Error(`the Opus decoder failed with ${length}`);
    const words = this.#module.HEAPU32;
    const first = this.#samples / BYTES_PER_SAMPLE;
    return Array.from({ length: channels }, (_, channel) => {
      const samples = new Float32Array(length);
      for (let i = 0, at = first + channel; i < length; i++, at += channels) samples[i] = sampleOf(words[at] as number);
      return samples;
    });
  }
}

/** The lower byte of a sample is in bits 0 to 7, the upper one in bits 16 to 23. */
function sampleOf(word: number): number {
  const bits = (word & 0xff) | ((word >> 8) & 0xff00);
  return ((bits << 16) >> 16) / 32_768;
}
