import { BitReader } from '@sluice/core';

/** Syntactic elements of a raw data block (ISO/IEC 14496-3 table 4.85). */
const SINGLE_CHANNEL = 0;
const CHANNEL_PAIR = 1;
const LFE = 3;
const DATA_STREAM = 4;
const PROGRAM_CONFIG = 5;
const FILL = 6;
/** Data and fill elements looked at before the first with sound. */
const MAX_ELEMENTS = 16;

/** Reads a program_config_element (4.4.1.1) in data that begins byte-aligned; answers the channels it tells. */
export function readProgramConfig(bits: BitReader): number {
  bits.skip(10); // element_instance_tag, object_type, sampling_frequency_index
  const front = bits.bits(4);
  const side = bits.bits(4);
  const back = bits.bits(4);
  const lfe = bits.bits(2);
  const associated = bits.bits(3);
  const coupling = bits.bits(4);
  if (bits.flag()) bits.skip(4); // mono mixdown
  if (bits.flag()) bits.skip(4); // stereo mixdown
  if (bits.flag()) bits.skip(3); // matrix mixdown
  let channels = lfe;
  for (let i = 0; i < front + side + back; i++) {
    channels += bits.flag() ? 2 : 1;
    bits.skip(4);
  }
  bits.skip(lfe * 4 + associated * 4 + coupling * 5);
  align(bits);
  if (bits.left >= 8) bits.skip(bits.bits(8) * 8); // comment
  return channels;
}

/**
 * Channels of a raw access unit whose header does not tell them (channel configuration 0): of its program config element, or of its
 * first element with sound, as no later one can be found without decoding. 0 where there is none.
 */
export function countChannels(accessUnit: Uint8Array): number {
  const bits = new BitReader(accessUnit);
  try {
    for (let i = 0; i < MAX_ELEMENTS; i++) {
      const element = bits.bits(3);
      if (element === SINGLE_CHANNEL || element === LFE) return 1;
      if (element === CHANNEL_PAIR) return 2;
      if (element === PROGRAM_CONFIG) return readProgramConfig(bits);
      if (element === DATA_STREAM) skipData(bits);
      else if (element === FILL) skipFill(bits);
      else return 0;
    }
  } catch {
    // cut before anything with sound
  }
  return 0;
}

function skipData(bits: BitReader): void {
  bits.skip(4); // element_instance_tag
  const aligned = bits.flag();
  let count = bits.bits(8);
  if (count === 255) count += bits.bits(8);
  if (aligned) align(bits);
  bits.skip(count * 8);
}

function skipFill(bits: BitReader): void {
  let count = bits.bits(4);
  if (count === 15) count += bits.bits(8) - 1;
  bits.skip(count * 8);
}

function align(bits: BitReader): void {
  const over = bits.position % 8;
  if (over > 0) bits.skip(8 - over);
}
