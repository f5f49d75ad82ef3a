import type { Pcm, PcmDecoder } from '../audio/pcm.js';

/** The decoder is GPL-2.0, so it is never installed by us: an operator who may use it does. */
export const AAC_DECODER_PACKAGE = '@audio/decode-aac';

/** Samples at the doubled rate by which spectral band replication is late, with or without its data. */
const SBR_DELAY = 962;

/** What we use of the package. */
interface DecoderLibrary {
  decoder(options: { readonly asc: Uint8Array }): Promise<LibraryDecoder>;
}
interface LibraryDecoder {
  decode(unit: Uint8Array): { readonly channelData: readonly Float32Array[]; readonly sampleRate: number };
  free(): void;
}

/** Makes decoders of one installed library. */
export interface AacDecoderFactory {
  /**
   * `config` is the AudioSpecificConfig, `codedSampleRate` what it says of the core coder and `sampleRate` how fast the samples really run, both in Hz.
   * Rejects where the config is of no use.
   */
  create(config: Uint8Array, codedSampleRate: number, sampleRate: number): Promise<PcmDecoder>;
}

/** Whether the operator installed it. */
export function hasAacDecoder(): boolean {
  try {
    import.meta.resolve(AAC_DECODER_PACKAGE);
    return true;
  } catch {
    return false;
  }
}

/** Loads the decoder; `undefined` where it is not installed. */
export async function loadAacDecoder(): Promise<AacDecoderFactory | undefined> {
  const library = (await import(AAC_DECODER_PACKAGE).catch(() => undefined)) as DecoderLibrary | undefined;
  if (library === undefined) return undefined;
  return {
    create: async (config, codedSampleRate, trueRate) => {
      const decoder = await library.decoder({ asc: config });
      return { decode: (unit) => decode(decoder, unit, codedSampleRate, trueRate), close: () => decoder.free() };
    },
  };
}

function decode(decoder: LibraryDecoder, unit: Uint8Array, codedSampleRate: number, trueRate: number): Pcm | undefined {
  const { channelData, sampleRate } = decoder.decode(unit);
  if (channelData.length === 0 || sampleRate === 0) return undefined;
  const delay = sampleRate > codedSampleRate * 1.5 ? SBR_DELAY : 0;
  return { channels: channelData, sampleRate: Math.round((sampleRate * trueRate) / codedSampleRate), delay };
}
