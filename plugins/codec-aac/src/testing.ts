import { Buffer } from 'node:buffer';
import type { TestMaterial } from '@sluice/core/testing';
import { makeAudioSpecificConfig, parseAudioSpecificConfig } from './audio-specific-config.js';
import { aac } from './descriptor.js';

const SAMPLE_RATE = 44_100;
const SAMPLES_PER_UNIT = 1024;
/** Silence as ffmpeg's encoder writes it: a single channel element, a channel pair element. */
const SILENCE = [Buffer.from('01182007', 'hex'), Buffer.from('210049900219002380', 'hex')];
/** Head of a data stream element, byte-aligned (ISO/IEC 14496-3 4.4.2.1, table 4.10). Decoders pass over it. */
const DATA_STREAM_ELEMENT = 0x81;
const NAME_BYTES = 12;

/** AAC LC for tests: silence that a decoder takes, each unit saying its number. Even variants are mono, odd ones stereo. `padBytes` does nothing. */
export const aacTestMaterial: TestMaterial = {
  codec: aac,
  clockRate: SAMPLE_RATE,
  ticks: SAMPLES_PER_UNIT,
  gop: 1,
  parameters(variant) {
    const config = makeAudioSpecificConfig({ objectType: 2, sampleRate: SAMPLE_RATE, channels: (variant % 2) + 1 });
    const { objectType, sampleRate, channels } = parseAudioSpecificConfig(config);
    return { config, objectType, sampleRate, channels };
  },
  units(index, variant) {
    const name = Buffer.from(String(index).padEnd(NAME_BYTES), 'latin1');
    return [Buffer.concat([Buffer.from([DATA_STREAM_ELEMENT, name.length]), name, SILENCE[variant % 2] as Buffer])];
  },
  essence: (units) => Buffer.concat(units),
};
