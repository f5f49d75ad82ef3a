import { parametersOf, SluiceError } from '@sluice/core';
import { splitAnnexB } from '@sluice/plugin-codec-nal';
import fc from 'fast-check';
import { createH264Builder, h264 } from '../src/index.js';
import { describeWithCases, readCase, readCases } from './cases.js';
import { BASELINE_SPS, hex, PPS, REAL_SPS } from './material.js';

const IDR = '6588';
const SLICE = '4188';
const AUD = '09f0';
const SEI_RECOVERY_POINT = '0606018480';
const build = (builder = h264.createBuilder({ trackId: 0, clockRate: 1000 }), ...units: string[]) => builder.build(units.map(hex), 0, 0);

describe('the H.264 builder', () => {
  it('describes the track from its SPS', () => {
    const builder = h264.createBuilder({ trackId: 0, clockRate: 90_000 });
    const frame = build(builder, AUD, REAL_SPS[0]?.[1] ?? '', PPS, IDR);
    expect(frame).toMatchObject({ key: true, track: { codec: 'h264', epoch: 0, info: { width: 1920, height: 1080, fps: 25, profile: 'High' } } });
    expect(frame?.units.map((unit) => unit.toString('hex'))).toEqual([AUD, REAL_SPS[0]?.[1], PPS, IDR]);
    expect(frame && parametersOf(frame.track, 'h264')?.pps).toEqual([hex(PPS)]);
  });

  it('raises the epoch when the SPS changes', () => {
    const builder = h264.createBuilder({ trackId: 0, clockRate: 90_000 });
    build(builder, BASELINE_SPS, PPS, IDR);
    const frame = build(builder, REAL_SPS[5]?.[1] ?? '', PPS, IDR);
    expect(frame?.track).toMatchObject({ epoch: 1, info: { width: 1280, height: 960 } });
    expect(frame && parametersOf(frame.track, 'h264')?.sps).toHaveLength(1);
  });

  it('takes IDR pictures for key frames, and nothing else', () => {
    const builder = h264.createBuilder({ trackId: 0, clockRate: 90_000, parameters: { sps: [hex(BASELINE_SPS)], pps: [hex(PPS)] } });
    expect(build(builder, AUD, IDR)?.key).toBe(true);
    expect(build(builder, AUD, SLICE)?.key).toBe(false);
    expect(build(builder, SEI_RECOVERY_POINT, SLICE)?.key).toBe(false);
    expect(build(builder, AUD, SEI_RECOVERY_POINT)).toBeUndefined();
  });

  it('keeps a track without size where the SPS cannot be read', () => {
    expect(build(undefined, '67640029ff', PPS, IDR)).toMatchObject({ key: true, track: { epoch: 0, info: {} } });
  });

  it.each([undefined, null, 5, {}, { sps: [] }, { sps: [hex(PPS)], pps: [] }, { sps: ['67'], pps: [] }, { sps: [hex('6764')], pps: [hex(PPS)] }])(
    'refuses %j as parameters',
    (parameters) => {
      const builder = h264.createBuilder({ trackId: 0, clockRate: 90_000 });
      expect(() => builder.setParameters(parameters)).toThrow(SluiceError);
      expect(builder.track).toBeUndefined();
    },
  );

  it('throws nothing from build, whatever the units', () => {
    const unit = fc
      .tuple(fc.constantFrom(0x67, 0x68, 0x65, 0x41, 0x09, 0x6f), fc.uint8Array({ maxLength: 30 }))
      .map(([head, body]) => Buffer.from([head, ...body]));
    fc.assert(
      fc.property(fc.array(fc.array(unit, { maxLength: 6 }), { maxLength: 10 }), (accessUnits) => {
        const builder = createH264Builder({ trackId: 0, clockRate: 90_000 });
        let epoch = -1;
        for (const units of accessUnits) {
          const frame = builder.build(units, 0, 0);
          if (frame === undefined) continue;
          expect(frame.track).toBe(builder.track);
          expect(frame.track.epoch).toBeGreaterThanOrEqual(epoch);
          expect(frame.size).toBe(Buffer.concat(units).length);
          epoch = frame.track.epoch;
        }
      }),
      { seed: 1, numRuns: 1000 },
    );
  });
});

describeWithCases('shared material', () => {
  it('finds the pictures of a stream that repeats its parameter sets', () => {
    const builder = createH264Builder({ trackId: 0, clockRate: 90_000 });
    const frames = splitAnnexB(readCase('media/avatar.h264')).flatMap((unit) => builder.build([unit], 0, 0) ?? []);
    expect(frames).toHaveLength(308);
    expect(frames.filter((frame) => frame.key)).toHaveLength(13);
    expect(builder.track).toMatchObject({ epoch: 0, info: { width: 768, height: 320, fps: 25, profile: 'High' } });
    expect(builder.ignoredParameterSets).toBe(0);
  });

  it.each(readCases('corpus/codec/h264-streams'))('survives %s', (_name, data) => {
    const builder = createH264Builder({ trackId: 0, clockRate: 90_000 });
    for (const unit of splitAnnexB(data)) builder.build([unit], 0, 0);
    expect(builder.ignoredParameterSets).toBe(0);
  });

  it('survives the fuzz corpus', () => {
    for (const folder of ['h264-fuzz-nalu', 'h264-fuzz-sps', 'h26x-fuzz-dts', 'h264-fuzz-annexb', 'srs-avc', 'gomedia']) {
      for (const [, data] of readCases(`corpus/codec/${folder}`)) {
        const builder = createH264Builder({ trackId: 0, clockRate: 90_000 });
        builder.build([data, ...splitAnnexB(data)], 0, 0);
      }
    }
  });
});
