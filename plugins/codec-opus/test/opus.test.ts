import fc from 'fast-check';
import { makeOpusHead, opus, parseOpusHead, parseOpusPacketHead } from '../src/index.js';

const bytes = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
/** As FFmpeg writes it for libopus, 48 kHz stereo. */
const STEREO = bytes('4f70757348656164 01 02 3801 80bb0000 0000 00');

describe('packet heads', () => {
  it.each([
    ['one CELT frame of 20 ms, stereo', 'fc ff', { mode: 'celt', channels: 2, frames: 1, samples: 960 }],
    ['CELT 2.5 ms', '80', { mode: 'celt', channels: 1, frames: 1, samples: 120 }],
    ['SILK 60 ms', '18', { mode: 'silk', channels: 1, frames: 1, samples: 2880 }],
    ['two hybrid frames of 10 ms', '61', { mode: 'hybrid', channels: 1, frames: 2, samples: 960 }],
    ['two of different size', '6a', { mode: 'hybrid', channels: 1, frames: 2, samples: 1920 }],
    ['any number: 48 of 2.5 ms', '83 30', { mode: 'celt', channels: 1, frames: 48, samples: 5760 }],
  ])('%s', (_name, packet, expected) => {
    expect(parseOpusPacketHead(bytes(packet))).toEqual(expected);
  });

  it.each([
    ['nothing', ''],
    ['no count', '83'],
    ['a count of none', '83 40'],
    ['122.5 ms', '83 31'],
    ['three frames of 60 ms', '1b 03'],
  ])('%s is none', (_name, packet) => {
    expect(parseOpusPacketHead(bytes(packet))).toBeUndefined();
  });
});

describe('identification headers', () => {
  it('reads that of FFmpeg, and makes the same', () => {
    expect(parseOpusHead(STEREO)).toEqual({ head: STEREO, channels: 2, preSkip: 312, inputSampleRate: 48_000 });
    expect(makeOpusHead({ channels: 2 })).toEqual(STEREO);
  });

  it('gives back what it was made of', () => {
    const fields = fc.record({ channels: fc.constantFrom(1, 2), preSkip: fc.nat(0xffff), inputSampleRate: fc.nat(0xffffffff) });
    fc.assert(
      fc.property(fields, (made) => {
        expect(parseOpusHead(makeOpusHead(made))).toMatchObject(made);
      }),
      { seed: 13 },
    );
  });

  it('reads six channels with their mapping', () => {
    const head = bytes('4f70757348656164 01 06 3801 80bb0000 0000 01 04 02 000401020305');
    expect(parseOpusHead(head).channels).toBe(6);
  });

  it('refuses what is cut, of another version, without channels or without their mapping', () => {
    for (let length = 0; length < STEREO.length; length++) expect(() => parseOpusHead(STEREO.subarray(0, length))).toThrow(/OpusHead/);
    for (const [at, value] of [
      [0, 0x50],
      [8, 0x10],
      [9, 0],
      [9, 3],
      [18, 1],
    ] as const) {
      const broken = Buffer.from(STEREO);
      broken[at] = value;
      expect(() => parseOpusHead(broken)).toThrow(expect.objectContaining({ code: 'ERR_OPUS_HEAD', fatal: true }));
    }
    expect(() => makeOpusHead({ channels: 6 })).toThrow(expect.objectContaining({ code: 'ERR_OPUS_HEAD' }));
  });
});

describe('the builder', () => {
  const packet = bytes('fc ff fe');

  it('knows the track at once and changes it to stereo where packets are', () => {
    const builder = opus.createBuilder({ trackId: 1, clockRate: 48_000 });
    expect(builder.track).toMatchObject({ codec: 'opus', epoch: 0, info: { sampleRate: 48_000, channels: 1 } });
    expect(builder.build([bytes('f8')], 0, 0)?.track.epoch).toBe(0);
    const frame = builder.build([packet], 960, 960);
    expect(frame).toMatchObject({ key: true, size: 3, track: { epoch: 1, info: { channels: 2 } } });
    expect(builder.build([bytes('f8')], 1920, 1920)?.track).toBe(frame?.track);
  });

  it('keeps to what a header says', () => {
    const head = makeOpusHead({ channels: 1, preSkip: 0 });
    const builder = opus.createBuilder({ trackId: 1, clockRate: 1000, parameters: { head } });
    expect(builder.build([packet], 0, 0)?.track).toMatchObject({ epoch: 0, info: { channels: 1 } });
    builder.setParameters({ head });
    expect(builder.track?.epoch).toBe(0);
    builder.setParameters({ head: STEREO });
    expect(builder.track).toMatchObject({ epoch: 1, info: { channels: 2 }, parameters: { preSkip: 312 } });
  });

  it('refuses what is no packet of Opus, and no parameters of it', () => {
    const builder = opus.createBuilder({ trackId: 1, clockRate: 48_000 });
    expect(builder.build([], 0, 0)).toBeUndefined();
    expect(builder.build([Buffer.alloc(0)], 0, 0)).toBeUndefined();
    expect(() => builder.build([packet, packet], 0, 0)).toThrow(expect.objectContaining({ code: 'ERR_OPUS_UNITS' }));
    expect(() => builder.build([Buffer.alloc(200_000)], 0, 0)).toThrow(expect.objectContaining({ code: 'ERR_OPUS_TOO_LARGE' }));
    expect(() => builder.setParameters({})).toThrow(expect.objectContaining({ code: 'ERR_OPUS_PARAMETERS' }));
  });
});
