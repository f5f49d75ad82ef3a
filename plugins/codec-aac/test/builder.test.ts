import { parametersOf, SluiceError } from '@sluice/core';
import fc from 'fast-check';
import { aac, createAacBuilder, parseAudioSpecificConfig } from '../src/index.js';

const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const builderOf = (config?: string) =>
  createAacBuilder({ trackId: 1, clockRate: 1000, ...(config === undefined ? {} : { parameters: parseAudioSpecificConfig(hex(config)) }) });
const RAW = '21004990';
const ADTS_48K_STEREO = 'fff14c80013ffcaabb';
const ADTS_16K_MONO = 'fff16040013ffcaabb';

describe('the AAC builder', () => {
  it('makes frames of raw access units once the config is known', () => {
    const builder = builderOf();
    expect(builder.build([hex(RAW)], 0, 0)).toBeUndefined();
    builder.setParameters({ config: hex('1210') });
    const frame = builder.build([hex(RAW)], 23, 23, 9);
    expect(frame).toMatchObject({ dts: 23, key: true, size: 4, wallClockMs: 9, track: { id: 1, kind: 'audio', codec: 'aac', epoch: 0 } });
    expect(frame?.track.info).toEqual({ sampleRate: 44_100, channels: 2, profile: 'AAC LC' });
    expect(frame && parametersOf(frame.track, 'aac')).toEqual({ config: hex('1210'), objectType: 2, sampleRate: 44_100, channels: 2 });
  });

  it('strips ADTS and learns the config from it', () => {
    const builder = builderOf();
    const frame = builder.build([hex(ADTS_48K_STEREO)], 0, 0);
    expect(frame?.units.map((unit) => unit.toString('hex'))).toEqual(['aabb']);
    expect(frame?.track.info).toMatchObject({ sampleRate: 48_000, channels: 2 });
    expect(builder.build([hex(ADTS_48K_STEREO)], 1, 1)?.track).toBe(frame?.track);
    expect(builder.build([hex(ADTS_16K_MONO)], 2, 2)?.track).toMatchObject({ epoch: 1, info: { sampleRate: 16_000, channels: 1 } });
  });

  it('raises the epoch only on another config', () => {
    const builder = builderOf('1210');
    builder.setParameters({ config: hex('1210') });
    expect(builder.track?.epoch).toBe(0);
    builder.setParameters({ config: hex('1408') });
    expect(builder.track).toMatchObject({ epoch: 1, info: { sampleRate: 16_000, channels: 1 } });
  });

  it('keeps a copy of the config', () => {
    const config = hex('1210');
    const builder = createAacBuilder({ trackId: 1, clockRate: 1000, parameters: { config } });
    config.fill(0);
    expect(builder.track?.parameters).toMatchObject({ config: hex('1210') });
  });

  it('names HE-AAC', () => {
    expect(builderOf('2b118800').track?.info.profile).toBe('HE-AAC');
    expect(builderOf('eb098800').track?.info.profile).toBe('HE-AAC v2');
  });

  it.each([
    ['whose frame is longer than the unit', 'fff14c8001fffcaabb'],
    ['with a reserved frequency', 'fff17480013ffcaabb'],
    ['of several raw data blocks', 'fff14c80013ffdaabb'],
  ])('leaves out and counts ADTS %s', (_name, text) => {
    const builder = builderOf('1210');
    expect(builder.build([hex(text)], 0, 0)).toBeUndefined();
    expect(builder.ignoredUnits).toBe(1);
    expect(builder.track?.epoch).toBe(0);
  });

  it('makes nothing of nothing', () => {
    const builder = builderOf('1210');
    expect(builder.build([], 0, 0)).toBeUndefined();
    expect(builder.build([Buffer.alloc(0)], 0, 0)).toBeUndefined();
    expect(builder.build([hex('fff14c8000fffc')], 0, 0)).toBeUndefined();
  });

  it('ends the session on several units, or one too large', () => {
    const builder = builderOf('1210');
    expect(() => builder.build([hex(RAW), hex(RAW)], 0, 0)).toThrow(expect.objectContaining({ code: 'ERR_AAC_UNITS', fatal: true }));
    expect(() => builder.build([Buffer.alloc(8192)], 0, 0)).toThrow(expect.objectContaining({ code: 'ERR_AAC_TOO_LARGE', fatal: true }));
  });

  it.each([undefined, null, 1, {}, { config: '1210' }, { config: hex('') }, { config: hex('0010') }])('refuses %j as parameters', (parameters) => {
    const builder = builderOf('1210');
    expect(() => builder.setParameters(parameters)).toThrow(SluiceError);
    expect(builder.track).toMatchObject({ epoch: 0, info: { sampleRate: 44_100 } });
  });

  it('throws nothing from build, whatever the unit', () => {
    const unit = fc
      .tuple(fc.constantFrom('', 'fff1', 'fff0', 'fff14c80'), fc.uint8Array({ maxLength: 20 }))
      .map(([head, body]) => Buffer.from([...hex(head), ...body]));
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 8 }), (all) => {
        const builder = aac.createBuilder({ trackId: 1, clockRate: 1000 });
        for (const one of all) builder.build([one], 0, 0);
      }),
      { seed: 1, numRuns: 2000 },
    );
  });
});
