import type { Buffer } from 'node:buffer';
import { BitReader } from '@sluice/core';
import { BitWriter } from './bit-writer.js';
import { readProgramConfig } from './channel-elements.js';
import { aacError } from './errors.js';
import type { AacParameters } from './parameters.js';
import { channelConfiguration, channelsOf, ESCAPE_INDEX, samplingFrequency, samplingIndex } from './sampling.js';

/** A config carries no more than a program config element; real ones have 2 to 5 bytes. */
const MAX_CONFIG_BYTES = 512;
const SBR = 5;
const PS = 29;
const ESCAPE_OBJECT_TYPE = 31;
const SYNC_EXTENSION = 0x2b7;
const PS_SYNC_EXTENSION = 0x548;
/** Object types whose GASpecificConfig follows (ISO/IEC 14496-3 table 1.15); the sync extension is searched only after one. */
const GENERAL_AUDIO: readonly number[] = [1, 2, 3, 4, 6, 7, 17, 19, 20, 21, 22, 23];

/** What an AudioSpecificConfig says, beyond `AacParameters`. */
export interface AudioSpecificConfig extends AacParameters {
  /** Hertz of the core coder. */
  readonly coreSampleRate: number;
  readonly channelConfiguration: number;
  /** Whether spectral band replication is signalled (HE-AAC). */
  readonly sbr: boolean;
  /** Whether parametric stereo is signalled (HE-AAC v2). */
  readonly ps: boolean;
}

/**
 * Parses an AudioSpecificConfig (ISO/IEC 14496-3 1.6.2.1). `config` of the answer is a view of `config`.
 * @throws SluiceError `ERR_AAC_CONFIG`
 */
export function parseAudioSpecificConfig(config: Buffer): AudioSpecificConfig {
  if (config.length > MAX_CONFIG_BYTES) throw aacError('ERR_AAC_CONFIG', `an AudioSpecificConfig of ${config.length} bytes`);
  try {
    return read(config);
  } catch (error) {
    throw aacError('ERR_AAC_CONFIG', 'the AudioSpecificConfig cannot be read', error);
  }
}

function read(config: Buffer): AudioSpecificConfig {
  const bits = new BitReader(config);
  let objectType = readObjectType(bits);
  const coreSampleRate = readFrequency(bits);
  const configuration = bits.bits(4);
  const extension: Extension = { sbr: objectType === SBR || objectType === PS, ps: objectType === PS, sampleRate: coreSampleRate };
  if (extension.sbr) {
    // Explicit hierarchical signalling: the core's object type comes after the extension's frequency (1.6.5.2).
    extension.sampleRate = readFrequency(bits);
    objectType = readObjectType(bits);
  }
  if (objectType === 0) throw new RangeError('audio object type 0');
  const coreChannels = readGeneralAudio(bits, objectType, configuration);
  if (!extension.sbr && GENERAL_AUDIO.includes(objectType)) readSyncExtension(bits, extension);
  const channels = extension.ps && coreChannels === 1 ? 2 : coreChannels;
  return { config, objectType, channels, coreSampleRate, channelConfiguration: configuration, ...extension };
}

interface Extension {
  sbr: boolean;
  ps: boolean;
  sampleRate: number;
}

function readObjectType(bits: BitReader): number {
  const type = bits.bits(5);
  return type === ESCAPE_OBJECT_TYPE ? 32 + bits.bits(6) : type;
}

function readFrequency(bits: BitReader): number {
  const index = bits.bits(4);
  const frequency = index === ESCAPE_INDEX ? bits.bits(24) : samplingFrequency(index);
  if (frequency === undefined || frequency === 0) throw new RangeError(`samplingFrequencyIndex ${index}`);
  return frequency;
}

/** GASpecificConfig (4.4.1), which some encoders leave out; answers the channels. Other object types have a config of their own. */
function readGeneralAudio(bits: BitReader, objectType: number, configuration: number): number {
  const channels = channelsOf(configuration);
  if (channels === undefined) throw new RangeError(`channelConfiguration ${configuration}`);
  if (!GENERAL_AUDIO.includes(objectType) || bits.left < 3) return channels;
  bits.skip(1); // frameLengthFlag
  if (bits.flag()) bits.skip(14); // coreCoderDelay
  const extended = bits.flag();
  const counted = configuration === 0 ? readProgramConfig(bits) : channels;
  if (objectType === 6 || objectType === 20) bits.skip(3); // layerNr
  if (extended) {
    if (objectType === 22) bits.skip(16);
    if (objectType === 17 || objectType === 19 || objectType === 20 || objectType === 23) bits.skip(3);
    bits.skip(1);
  }
  return counted;
}

/** Backward compatible signalling of SBR and PS, behind the core's own config (1.6.5.2). */
function readSyncExtension(bits: BitReader, extension: Extension): void {
  if (bits.left < 16 || bits.bits(11) !== SYNC_EXTENSION || readObjectType(bits) !== SBR || bits.left < 1 || !bits.flag()) return;
  extension.sampleRate = readFrequency(bits);
  extension.sbr = true;
  if (bits.left >= 12 && bits.bits(11) === PS_SYNC_EXTENSION) extension.ps = bits.flag();
}

/** What `makeAudioSpecificConfig` is made from. */
export interface AudioSpecificConfigFields {
  /** Audio object type, 1 to 30. Default 2, AAC LC. */
  readonly objectType?: number;
  /** Hertz of the core coder. */
  readonly sampleRate: number;
  readonly channels: number;
}

/**
 * Makes the AudioSpecificConfig of a plain core coder.
 * @throws SluiceError `ERR_AAC_CONFIG` where no config can say it
 */
export function makeAudioSpecificConfig(fields: AudioSpecificConfigFields): Buffer {
  const { objectType = 2, sampleRate, channels } = fields;
  const configuration = channelConfiguration(channels);
  if (configuration === undefined) throw aacError('ERR_AAC_CONFIG', `${channels} channels`);
  if (!GENERAL_AUDIO.includes(objectType)) throw aacError('ERR_AAC_CONFIG', `audio object type ${objectType}`);
  if (!Number.isInteger(sampleRate) || sampleRate < 1 || sampleRate > 0xffffff) throw aacError('ERR_AAC_CONFIG', `${sampleRate} Hz`);
  const index = samplingIndex(sampleRate);
  const bits = new BitWriter().bits(objectType, 5).bits(index, 4);
  if (index === ESCAPE_INDEX) bits.bits(sampleRate, 24);
  return bits.bits(configuration, 4).bits(0, 3).finish();
}
