import { Buffer } from 'node:buffer';
import { SluiceError } from '@sluice/core';
import { parseStreamMuxConfig } from './latm.js';
import type { RtpFormat } from './rtp-format.js';

/** What `a=fmtp` tells a decoder. */
export interface OutOfBandParameters {
  /** Parameter sets of H.264 and H.265, as NAL units. */
  readonly units: readonly Buffer[];
  /** Of AAC. */
  readonly audioSpecificConfig?: Buffer;
}

const MAX_UNITS = 64;
const SETS: Readonly<Record<string, readonly string[]>> = {
  H264: ['sprop-parameter-sets'],
  H265: ['sprop-vps', 'sprop-sps', 'sprop-pps'],
};

/** Decoder parameters from a format's `a=fmtp` (RFC 6184 8.1, RFC 7798 7.1, RFC 3640 4.1, RFC 6416 7.3). What cannot be read is left out. */
export function outOfBandParameters(format: RtpFormat): OutOfBandParameters {
  const units = (SETS[format.encoding] ?? []).flatMap((name) => decodeSets(format.parameters[name]));
  const audioSpecificConfig = audioConfigOf(format);
  return { units, ...(audioSpecificConfig === undefined ? undefined : { audioSpecificConfig }) };
}

function decodeSets(list: string | undefined): Buffer[] {
  if (list === undefined) return [];
  return list
    .split(',', MAX_UNITS)
    .map((text) => Buffer.from(text.trim(), 'base64'))
    .filter((unit) => unit.length > 1);
}

function audioConfigOf({ encoding, parameters }: RtpFormat): Buffer | undefined {
  const config = hexOf(parameters.config);
  if (config === undefined || encoding === 'MPEG4-GENERIC') return config;
  if (encoding !== 'MP4A-LATM') return undefined;
  try {
    return parseStreamMuxConfig(config).config;
  } catch (error) {
    if (error instanceof SluiceError) return undefined;
    throw error;
  }
}

/** Hexadecimal of `config=`, which some write in quotes or with an odd count of digits. */
export function hexOf(text: string | undefined): Buffer | undefined {
  const digits = text?.replaceAll('"', '') ?? '';
  if (!/^[0-9a-f]{2,2048}$/i.test(digits)) return undefined;
  return Buffer.from(digits.length % 2 === 0 ? digits : `${digits}0`, 'hex');
}
