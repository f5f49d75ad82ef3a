import { decodeG711 } from '../audio/g711.js';
import type { FrameEncoder, PcmDecoder } from '../audio/pcm.js';
import { type AacDecoderFactory, loadAacDecoder, noDecoder } from '../codec/aac-decoder.js';
import { type AacEncoderFactory, loadAacEncoder } from '../codec/aac-encoder.js';
import type { SourceFormat, TargetFormat } from './messages.js';

/** The codecs that the worker has, each loaded when first needed. */
export class Codecs {
  #encoders: Promise<AacEncoderFactory> | undefined;
  #decoders: Promise<AacDecoderFactory | undefined> | undefined;

  async encoder(target: TargetFormat): Promise<FrameEncoder> {
    this.#encoders ??= loadAacEncoder();
    return (await this.#encoders).create(target);
  }

  /** Throws `ERR_TRANSCODE_DECODER` where none is installed. */
  async decoder(source: SourceFormat): Promise<PcmDecoder> {
    const { codec, sampleRate, channels, config } = source;
    if (codec !== 'aac') {
      return { decode: (unit) => ({ channels: decodeG711(codec, unit, channels), sampleRate, delay: 0 }), close: () => {} };
    }
    this.#decoders ??= loadAacDecoder();
    const decoders = await this.#decoders;
    if (decoders === undefined || config === undefined) throw noDecoder();
    return decoders.create(config, sampleRate / (source.codedSampleRate ?? sampleRate));
  }
}
