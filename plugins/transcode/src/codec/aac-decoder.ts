import { Buffer } from 'node:buffer';
import { makeAudioSpecificConfig, parseAudioSpecificConfig } from '@sluice/plugin-codec-aac';
import type { Pcm, PcmDecoder } from '../audio/pcm.js';
import { transcodeError } from '../errors.js';

/** The decoder is GPL-2.0, so it is never installed by us: an operator who may use it does. */
export const AAC_DECODER_PACKAGE = '@audio/decode-aac';

/** Samples at the doubled rate by which spectral band replication is late, with or without its data. */
const SBR_DELAY = 962;
/** Sync extension that says: no spectral band replication (ISO/IEC 14496-3 1.6.2.1). Without it decoders double low rates to be safe. */
const NO_SBR = Buffer.from([0x56, 0xe5, 0x00]);

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
  /** `config` is the AudioSpecificConfig; `rateFactor` is how much faster the samples really are than it says. */
  create(config: Uint8Array, rateFactor: number): Promise<PcmDecoder>;
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
  return { create: async (config, rateFactor) => open(library, Buffer.from(config), rateFactor) };
}

async function open(library: DecoderLibrary, config: Buffer, rateFactor: number): Promise<PcmDecoder> {
  const { coreSampleRate } = parseAudioSpecificConfig(config);
  const decoder = await library.decoder({ asc: coreConfig(config) });
  return {
    decode(unit): Pcm | undefined {
      const { channelData, sampleRate } = decoder.decode(unit);
      if (channelData.length === 0 || sampleRate === 0) return undefined;
      return { channels: channelData, sampleRate: Math.round(sampleRate * rateFactor), delay: sampleRate > coreSampleRate * 1.5 ? SBR_DELAY : 0 };
    },
    close: () => decoder.free(),
  };
}

/** The core coder alone: what HE-AAC adds lies above what is kept here. */
function coreConfig(config: Buffer): Buffer {
  const { objectType, coreSampleRate, channelConfiguration, sbr } = parseAudioSpecificConfig(config);
  const plain = config.length === 2 ? config : undefined;
  const core =
    sbr && channelConfiguration >= 1 && channelConfiguration <= 2
      ? makeAudioSpecificConfig({ objectType, sampleRate: coreSampleRate, channels: channelConfiguration })
      : plain;
  return core?.length === 2 ? Buffer.concat([core, NO_SBR]) : config;
}

/** An error for whoever needs it where it is not there. */
export function noDecoder(): Error {
  return transcodeError('ERR_TRANSCODE_DECODER', `AAC can be decoded with ${AAC_DECODER_PACKAGE}, which is not installed`);
}
