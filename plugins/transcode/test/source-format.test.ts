import { testAudioTrack } from '@sluice/core/testing';
import { parseOpusHead } from '@sluice/plugin-codec-opus';
import { isMistimedAac, sourceFormatOf } from '../src/map/source-format.js';

const aacTrack = (config: string, sampleRate: number, trueRate = sampleRate) =>
  testAudioTrack({
    codec: 'aac',
    parameters: { config: Buffer.from(config, 'hex'), objectType: 2, sampleRate, channels: 1 },
    info: { sampleRate: trueRate, channels: 1 },
  });
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('sourceFormatOf', () => {
  it('takes G.711 at the rate the track is known to have', () => {
    expect(sourceFormatOf(testAudioTrack({ codec: 'g711u', info: {} }))).toEqual({ codec: 'g711u', sampleRate: 8000, channels: 1 });
    expect(sourceFormatOf(testAudioTrack({ codec: 'g711a', info: { sampleRate: 16_000, channels: 2 } }))).toEqual({
      codec: 'g711a',
      sampleRate: 16_000,
      channels: 2,
    });
    expect(sourceFormatOf(testAudioTrack({ codec: 'opus' }))).toBeUndefined();
  });

  it('takes Opus of one or two channels, whatever was coded from', () => {
    const opus = (head: string) => testAudioTrack({ codec: 'opus', parameters: parseOpusHead(Buffer.from(head, 'hex')) });
    expect(sourceFormatOf(opus('4f707573486561640102380180bb0000000000'))).toEqual({ codec: 'opus', sampleRate: 48_000, channels: 2 });
    expect(sourceFormatOf(opus('4f7075734865616401013801401f0000000000'))).toEqual({ codec: 'opus', sampleRate: 48_000, channels: 1 });
    expect(sourceFormatOf(opus('4f7075734865616401033801000000000000010201000102'))).toBeUndefined();
  });

  it.each([
    ['AAC LC, told to be without SBR', '1508', 11_025, { config: '150856e500', codedSampleRate: 11_025, sampleRate: 11_025 }],
    ['AAC LC that says so itself', '150856e500', 11_025, { config: '150856e500', codedSampleRate: 11_025, sampleRate: 11_025 }],
    ['the core of HE-AAC', '2b920800', 44_100, { config: '139056e500', codedSampleRate: 22_050, sampleRate: 22_050 }],
  ])('takes %s', (_, config, sampleRate, expected) => {
    const format = sourceFormatOf(aacTrack(config, sampleRate));
    expect(format?.codec === 'aac' && { ...format, config: hex(format.config) }).toEqual({ codec: 'aac', ...expected });
  });

  it('takes AAC that runs faster than it says at the rate it runs', () => {
    const track = aacTrack('1508', 11_025, 22_050);
    expect(sourceFormatOf(track)).toMatchObject({ codedSampleRate: 11_025, sampleRate: 22_050 });
    expect(isMistimedAac(track)).toBe(true);
    expect(isMistimedAac(aacTrack('1508', 11_025))).toBe(false);
  });
});
