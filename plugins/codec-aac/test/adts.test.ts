import { SluiceError } from '@sluice/core';
import fc from 'fast-check';
import { parseAdtsHeader, parseAudioSpecificConfig, serializeAdtsHeader, splitAdts } from '../src/index.js';
import { describeWithCases, readCase, readCases } from './cases.js';

const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const parametersOf = (config: string) => parseAudioSpecificConfig(hex(config));

describe('parseAdtsHeader', () => {
  it('reads the header', () => {
    expect(parseAdtsHeader(hex('fff14c80013ffcaabb'))).toEqual({
      objectType: 2,
      sampleRate: 48_000,
      channels: 2,
      channelConfiguration: 2,
      headerBytes: 7,
      frameBytes: 9,
    });
    expect(parseAdtsHeader(hex('00fff04c80017ffc0000aabb'), 1)).toMatchObject({ headerBytes: 9, frameBytes: 11 });
  });

  it.each([
    ['a cut header', 'fff14c80013f'],
    ['no syncword', 'ffe14c80013ffc'],
    ['a layer', 'fff34c80013ffc'],
    ['a reserved frequency', 'fff17480013ffc'],
    ['a frame shorter than its header', 'fff14c8000dffc'],
    ['several raw data blocks', 'fff14c80013ffd'],
  ])('refuses %s', (_name, text) => {
    expect(() => parseAdtsHeader(hex(text))).toThrow(expect.objectContaining({ code: 'ERR_AAC_ADTS', fatal: true }));
  });
});

describe('splitAdts', () => {
  const two = hex('fff14c80013ffcaabb' + 'fff14c80015ffcccddee');

  it('gives raw access units and their config', () => {
    const { config, frames, rest } = splitAdts(two);
    expect(config.toString('hex')).toBe('1190');
    expect(frames.map((frame) => frame.toString('hex'))).toEqual(['aabb', 'ccddee']);
    expect(rest).toHaveLength(0);
  });

  it('leaves the head of a cut frame, so that no byte is lost at any cut', () => {
    for (let cut = 7; cut <= two.length; cut++) {
      const head = splitAdts(two.subarray(0, cut));
      const tail = Buffer.concat([head.rest, two.subarray(cut)]);
      const frames = [...head.frames, ...(tail.length === 0 ? [] : splitAdts(tail).frames)];
      expect(frames.map((frame) => frame.toString('hex'))).toEqual(['aabb', 'ccddee']);
    }
  });

  it('counts the channels in the data where the header does not tell them', () => {
    expect(splitAdts(hex('fff14c00017ffc60000000')).config.toString('hex')).toBe('1188');
    expect(() => splitAdts(hex('fff14c00017ffce0000000'))).toThrow(expect.objectContaining({ code: 'ERR_AAC_CONFIG' }));
  });

  it('throws nothing but SluiceError on changed bytes', () => {
    fc.assert(
      fc.property(fc.nat(two.length - 1), fc.nat(255), fc.nat(two.length), (at, value, end) => {
        const changed = Buffer.from(two);
        changed[at] = value;
        try {
          splitAdts(changed.subarray(0, end));
        } catch (error) {
          expect(error).toBeInstanceOf(SluiceError);
        }
      }),
      { seed: 1, numRuns: 3000 },
    );
  });
});

describe('serializeAdtsHeader', () => {
  it('is undone by parseAdtsHeader', () => {
    fc.assert(
      fc.property(fc.constantFrom('1210', '1588', '0a10', '11b8'), fc.nat(8184), (config, bytes) => {
        const parameters = parametersOf(config);
        expect(parseAdtsHeader(serializeAdtsHeader(parameters, bytes))).toMatchObject({
          objectType: parameters.objectType,
          sampleRate: parameters.sampleRate,
          channels: parameters.channels,
          headerBytes: 7,
          frameBytes: bytes + 7,
        });
      }),
      { seed: 2 },
    );
  });

  it('tells the core coder of HE-AAC', () => {
    expect(parseAdtsHeader(serializeAdtsHeader(parametersOf('eb098800'), 10))).toMatchObject({ objectType: 2, sampleRate: 24_000, channels: 1 });
  });

  it('refuses what ADTS cannot tell', () => {
    for (const [config, bytes] of [
      ['1210', 8185],
      ['1780123410', 5],
      ['f8e84000', 5],
    ] as const) {
      const parameters = parametersOf(config);
      expect(() => serializeAdtsHeader(parameters, bytes)).toThrow(expect.objectContaining({ code: 'ERR_AAC_ADTS' }));
    }
  });
});

describeWithCases('shared material', () => {
  it('splits a whole file, and its headers come back byte for byte', () => {
    const data = readCase('media/avatar.aac');
    const { config, frames, rest } = splitAdts(data);
    expect([frames.length, config.toString('hex'), rest.length]).toEqual([1102, '1210', 0]);
    const parameters = parseAudioSpecificConfig(config);
    const again = Buffer.concat(frames.flatMap((frame) => [serializeAdtsHeader(parameters, frame.length), frame]));
    expect(again.length).toBe(data.length);
    expect(splitAdts(again).frames.every((frame, index) => frames[index]?.equals(frame))).toBe(true);
  });

  it('survives the fuzz corpus', () => {
    for (const folder of ['aac-fuzz-adts', 'aac', 'srs-avc', 'aac-cameras']) {
      for (const [, data] of readCases(`corpus/codec/${folder}`)) {
        try {
          splitAdts(data);
        } catch (error) {
          expect(error).toBeInstanceOf(SluiceError);
        }
      }
    }
  });
});
