import { decodeG711 } from '../audio/g711.js';
import type { FrameEncoder, PcmDecoder } from '../audio/pcm.js';
import { AAC_DECODER_PACKAGE, type AacDecoderFactory, loadAacDecoder } from '../codec/aac-decoder.js';
import { type AacEncoderFactory, loadAacEncoder } from '../codec/aac-encoder.js';
import { createOpusDecoder, createOpusEncoder } from '../codec/opus-codec.js';
import { OpusLibrary } from '../codec/opus-library.js';
import type { SourceFormat, TargetFormat } from './messages.js';

/** The codecs that the worker has, each loaded when first needed. */
export class Codecs {
  #encoders: Promise<AacEncoderFactory> | undefined;
  #decoders: Promise<AacDecoderFactory | undefined> | undefined;
  #opus: Promise<OpusLibrary> | undefined;

  /** Loads what every track needs. Where that fails, the first track says so. */
  warm(): void {
    this.#encoders ??= loadAacEncoder();
    this.#encoders.catch(() => {});
  }

  async encoder(target: TargetFormat): Promise<FrameEncoder> {
    if (target.codec === 'opus') return createOpusEncoder(await this.#opusLibrary(), target.channels, target.bitrate);
    this.#encoders ??= loadAacEncoder();
    return (await this.#encoders).create(target);
  }

  /** Rejects where none is installed. */
  async decoder(source: SourceFormat): Promise<PcmDecoder> {
    const { codec, sampleRate } = source;
    if (codec === 'opus') return createOpusDecoder(await this.#opusLibrary(), source.channels);
    if (codec !== 'aac') {
      return { decode: (unit) => ({ channels: decodeG711(codec, unit, source.channels), sampleRate, delay: 0 }), close: () => {} };
    }
    this.#decoders ??= loadAacDecoder();
    const decoders = await this.#decoders;
    if (decoders === undefined) throw new Error(`AAC cannot be decoded: ${AAC_DECODER_PACKAGE} is not installed`);
    return decoders.create(source.config, source.codedSampleRate, sampleRate);
  }

  #opusLibrary(): Promise<OpusLibrary> {
    this.#opus ??= OpusLibrary.load();
    return this.#opus;
  }
}
