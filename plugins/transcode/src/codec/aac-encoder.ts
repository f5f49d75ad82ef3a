import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { compileFunction } from 'node:vm';
import type { EncodedUnit, FrameEncoder } from '../audio/pcm.js';

/** Samples per channel of an AAC frame. */
const FRAME_SAMPLES = 1024;

/** FFmpeg's AAC encoder as the library compiled it: functions of its `bridge.c`. Pointers are numbers. */
interface EncoderModule {
  readonly HEAPU8: Uint8Array;
  _init_encoder(channels: number, sampleRate: number, bitrate: number): number;
  _get_encode_input_ptr(encoder: number, bytes: number): number;
  _send_frame(encoder: number, pts: bigint): number;
  _receive_packet(encoder: number): number;
  _get_encoded_data(encoder: number): number;
  _get_encoded_pts(encoder: number): bigint;
  _close_encoder(encoder: number): void;
}

/** Whether the encoder is installed. */
export function hasAacEncoder(): boolean {
  try {
    return existsSync(fileURLToPath(moduleUrl()));
  } catch {
    return false;
  }
}

/** Where the library's WASM module is; throws where the library is not installed. */
function moduleUrl(): URL {
  return new URL('../modules/build/aac.js', import.meta.resolve('@mediabunny/aac-encoder'));
}

/** Makes AAC LC encoders that share one WASM module. */
export interface AacEncoderFactory {
  /** Throws where there is no encoder for this. */
  create(format: { readonly sampleRate: number; readonly channels: number; readonly bitrate: number }): FrameEncoder;
}

/**
 * Loads the encoder. The library's own API gives each encoder a thread and a WASM module; its module holds any number of them, so it is
 * loaded without that API. Throws where it cannot be.
 */
export async function loadAacEncoder(): Promise<AacEncoderFactory> {
  const module = await loadModule().catch((error: unknown) => {
    throw new Error('the AAC encoder cannot be loaded', { cause: error });
  });
  return { create: ({ sampleRate, channels, bitrate }) => new WasmAacEncoder(module, module._init_encoder(channels, sampleRate, bitrate), channels) };
}

async function loadModule(): Promise<EncoderModule> {
  // The package's build of it is CommonJS but for one `import.meta`, which only a browser would need.
  const source = (await readFile(fileURLToPath(moduleUrl()), 'utf8')).replace('import.meta.url', '""');
  const exports: { default?: () => Promise<EncoderModule> } = {};
  compileFunction(source, ['exports'])(exports);
  if (exports.default === undefined) throw new Error('the module exports nothing');
  return exports.default();
}

class WasmAacEncoder implements FrameEncoder {
  readonly frameSamples = FRAME_SAMPLES;
  readonly #module: EncoderModule;
  readonly #channels: number;
  #encoder: number;
  #frames = 0;

  constructor(module: EncoderModule, encoder: number, channels: number) {
    if (encoder === 0) throw new Error('the AAC encoder takes no more, or not this format');
    this.#module = module;
    this.#encoder = encoder;
    this.#channels = channels;
  }

  encode(samples: Float32Array): readonly EncodedUnit[] {
    const module = this.#module;
    const input = module._get_encode_input_ptr(this.#encoder, FRAME_SAMPLES * this.#channels * 4);
    if (input === 0) throw new Error('the AAC encoder has no memory');
    // Made anew each time, as the module's memory moves when it grows.
    new Float32Array(module.HEAPU8.buffer, input, FRAME_SAMPLES * this.#channels).set(samples);
    const status = module._send_frame(this.#encoder, BigInt(this.#frames * FRAME_SAMPLES));
    if (status < 0) throw new Error(`the AAC encoder failed with ${status}`);
    this.#frames++;
    return this.#receive();
  }

  /** Times that come out are earlier by the frame that the encoder is late: what a decoder makes of a unit belongs at the unit's time. */
  #receive(): EncodedUnit[] {
    const module = this.#module;
    const units: EncodedUnit[] = [];
    for (let size = module._receive_packet(this.#encoder); size > 0; size = module._receive_packet(this.#encoder)) {
      const data = module._get_encoded_data(this.#encoder);
      units.push({ frame: Number(module._get_encoded_pts(this.#encoder)) / FRAME_SAMPLES, bytes: module.HEAPU8.slice(data, data + size) });
    }
    return units;
  }

  close(): void {
    if (this.#encoder !== 0) this.#module._close_encoder(this.#encoder);
    this.#encoder = 0;
  }
}
