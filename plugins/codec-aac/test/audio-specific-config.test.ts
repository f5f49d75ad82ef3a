import { SluiceError } from '@sluice/core';
import fc from 'fast-check';
import { countChannels, makeAudioSpecificConfig, parseAudioSpecificConfig } from '../src/index.js';
import { readCases } from './cases.js';

const hex = (text: string): Buffer => Buffer.from(text, 'hex');

describe('parseAudioSpecificConfig', () => {
  it.each([
    ['AAC LC, 44.1 kHz, stereo', '1210', { objectType: 2, sampleRate: 44_100, channels: 2, sbr: false, ps: false }],
    ['AAC LC, 16 kHz, mono', '1408', { objectType: 2, sampleRate: 16_000, channels: 1 }],
    ['a frequency in 24 bits', '17805dc010', { objectType: 2, sampleRate: 48_000, channels: 2 }],
    ['eight channels', '11b8', { objectType: 2, sampleRate: 48_000, channels: 8 }],
    ['coreCoderDelay', '10120c08', { objectType: 2, sampleRate: 96_000, channels: 2 }],
    ['HE-AAC, explicit', '2b118800', { objectType: 2, sampleRate: 48_000, coreSampleRate: 24_000, channels: 2, sbr: true, ps: false }],
    ['HE-AAC v2, explicit', 'eb098800', { objectType: 2, sampleRate: 48_000, coreSampleRate: 24_000, channels: 2, sbr: true, ps: true }],
    ['HE-AAC, behind the core', '131056e598', { objectType: 2, sampleRate: 48_000, coreSampleRate: 24_000, channels: 2, sbr: true, ps: false }],
    ['HE-AAC v2, behind the core', '130856e59d4880', { objectType: 2, sampleRate: 48_000, coreSampleRate: 24_000, channels: 2, sbr: true, ps: true }],
    ['no SBR, told behind the core', '121056e500', { sampleRate: 44_100, sbr: false }],
    ['an object type behind the escape', 'f8e84000', { objectType: 39, sampleRate: 44_100, channels: 2 }],
  ])('reads %s', (_name, text, expected) => {
    expect(parseAudioSpecificConfig(hex(text))).toMatchObject(expected);
  });

  it('counts the channels of a program config element', () => {
    // AAC LC, 44.1 kHz, configuration 0; one channel pair in front, one LFE.
    const bits = `00010${'0100'}${'0000'}${'000'}${'0000'}${'01'}${'0100'}${'0001'}${'0000'}${'0000'}${'01'}${'000'}${'0000'}${'000'}${'10000'}${'0000'}`;
    const bytes = bits.padEnd(64, '0').match(/.{8}/g) ?? [];
    expect(parseAudioSpecificConfig(Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2))))).toMatchObject({ channels: 3, channelConfiguration: 0 });
  });

  it.each(['', '12', '0010', '1680', '1240', '17800000'])('refuses %s', (text) => {
    expect(() => parseAudioSpecificConfig(hex(text))).toThrow(expect.objectContaining({ code: 'ERR_AAC_CONFIG', fatal: true }));
  });

  it('refuses one longer than any', () => {
    expect(() => parseAudioSpecificConfig(Buffer.concat([hex('1210'), Buffer.alloc(600)]))).toThrow(SluiceError);
  });

  it('throws nothing but SluiceError on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        countChannels(bytes);
        try {
          parseAudioSpecificConfig(Buffer.from(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(SluiceError);
        }
      }),
      { seed: 1, numRuns: 3000 },
    );
  });

  it('survives the fuzz corpus', () => {
    for (const [, data] of [...readCases('corpus/codec/aac-fuzz-config'), ...readCases('corpus/codec/aac')]) {
      try {
        parseAudioSpecificConfig(data);
      } catch (error) {
        expect(error).toBeInstanceOf(SluiceError);
      }
    }
  });
});

describe('makeAudioSpecificConfig', () => {
  it('makes the bytes everybody knows', () => {
    expect(makeAudioSpecificConfig({ sampleRate: 44_100, channels: 2 }).toString('hex')).toBe('1210');
    expect(makeAudioSpecificConfig({ sampleRate: 8000, channels: 1 }).toString('hex')).toBe('1588');
  });

  it('is undone by parseAudioSpecificConfig', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(1, 2, 4, 17),
        fc.integer({ min: 1, max: 0xffffff }),
        fc.constantFrom(1, 2, 3, 4, 5, 6, 7, 8),
        (objectType, sampleRate, channels) => {
          const config = makeAudioSpecificConfig({ objectType, sampleRate, channels });
          expect(parseAudioSpecificConfig(config)).toMatchObject({ objectType, sampleRate, channels, config });
        },
      ),
      { seed: 2 },
    );
  });

  it.each([
    { sampleRate: 44_100, channels: 0 },
    { sampleRate: 44_100, channels: 9 },
    { sampleRate: 0, channels: 1 },
    { sampleRate: 0x1000000, channels: 1 },
    { objectType: 31, sampleRate: 44_100, channels: 1 },
  ])('refuses %j', (fields) => {
    expect(() => makeAudioSpecificConfig(fields)).toThrow(expect.objectContaining({ code: 'ERR_AAC_CONFIG' }));
  });
});

/** From the tests of bluenviron/mediacommon, MIT. */
it.each([
  ['a channel pair', '20000000', 2],
  ['data, then a channel pair', '80002000', 2],
  ['data of one byte, then a channel pair', '800100200000', 2],
  ['fill, then a channel pair', 'c0400000', 2],
  ['an LFE', '60000000', 1],
  ['a program config of 5.1', 'a0a100a000210000', 6],
  ['a program config of stereo', 'a0a080000400', 2],
  ['a program config with mono mixdown', 'a0a08000204000', 2],
  ['nothing', '', 0],
  ['an end', 'e0', 0],
])('countChannels reads %s', (_name, text, channels) => {
  expect(countChannels(hex(text))).toBe(channels);
});
