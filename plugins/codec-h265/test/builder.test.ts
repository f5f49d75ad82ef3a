import { parametersOf, SluiceError } from '@sluice/core';
import { splitAnnexB } from '@sluice/plugin-codec-nal';
import fc from 'fast-check';
import { createH265Builder, h265 } from '../src/index.js';
import { describeWithCases, readCase, readCases } from './cases.js';
import { hex, PPS, REAL_SPS, VPS } from './material.js';

const SPS = REAL_SPS[0]?.[1] ?? '';
const AUD = '460150';
const TRAIL = '0201d0';
const build = (builder = h265.createBuilder({ trackId: 0, clockRate: 1000 }), ...units: string[]) => builder.build(units.map(hex), 0, 0);
const known = () => h265.createBuilder({ trackId: 0, clockRate: 1000, parameters: { vps: [hex(VPS)], sps: [hex(SPS)], pps: [hex(PPS)] } });

describe('the H.265 builder', () => {
  it('describes the track from its SPS', () => {
    const frame = build(undefined, AUD, VPS, SPS, PPS, '2601af');
    expect(frame).toMatchObject({ key: true, track: { codec: 'h265', epoch: 0, info: { width: 1920, height: 1080, fps: 30, profile: 'Main' } } });
    expect(frame?.units).toHaveLength(5);
    expect(frame && parametersOf(frame.track, 'h265')).toEqual({ vps: [hex(VPS)], sps: [hex(SPS)], pps: [hex(PPS)] });
  });

  it('does not wait for a VPS, and takes one that comes later', () => {
    const builder = h265.createBuilder({ trackId: 0, clockRate: 1000 });
    expect(build(builder, SPS, PPS, '2601af')?.track).toMatchObject({ epoch: 0 });
    expect(build(builder, VPS, SPS, PPS, '2601af')?.track).toMatchObject({ epoch: 1, parameters: { vps: [hex(VPS)] } });
    expect(build(builder, VPS, SPS, PPS, '2601af')?.track).toMatchObject({ epoch: 1 });
  });

  it.each([
    ['BLA', 16],
    ['IDR with leading pictures', 19],
    ['IDR', 20],
    ['CRA', 21],
  ])('takes %s pictures for key frames', (_name, type) => {
    expect(known().build([Buffer.from([type << 1, 1, 0xaf])], 0, 0)?.key).toBe(true);
  });

  it('takes no other picture for a key frame', () => {
    expect(build(known(), AUD, TRAIL)?.key).toBe(false);
    expect(known().build([Buffer.from([9 << 1, 1, 0xaf])], 0, 0)?.key).toBe(false);
  });

  it('passes units of other layers on without looking at them', () => {
    const builder = known();
    const layered = `4209${SPS.slice(4)}`;
    const frame = build(builder, TRAIL, layered);
    expect(frame?.units).toHaveLength(2);
    expect(frame?.track.epoch).toBe(0);
    expect(build(builder, '2609af')).toBeUndefined();
  });

  it.each([undefined, null, {}, { sps: [], pps: [] }, { vps: [hex(PPS)], sps: [], pps: [] }, { vps: [], sps: [hex('4201')], pps: [] }])(
    'refuses %j as parameters',
    (parameters) => {
      expect(() => h265.createBuilder({ trackId: 0, clockRate: 1000 }).setParameters(parameters)).toThrow(SluiceError);
    },
  );

  it('throws nothing from build, whatever the units', () => {
    const heads = [VPS, SPS, PPS, '2601', TRAIL, AUD].map((text) => hex(text).subarray(0, 2));
    const unit = fc.tuple(fc.constantFrom(...heads), fc.uint8Array({ maxLength: 40 })).map(([head, body]) => Buffer.from([...head, ...body]));
    fc.assert(
      fc.property(fc.array(fc.array(unit, { maxLength: 6 }), { maxLength: 10 }), (accessUnits) => {
        const builder = createH265Builder({ trackId: 0, clockRate: 90_000 });
        for (const units of accessUnits) {
          const frame = builder.build(units, 0, 0);
          if (frame !== undefined) expect([frame.track, frame.size]).toEqual([builder.track, Buffer.concat(units).length]);
        }
      }),
      { seed: 1, numRuns: 1000 },
    );
  });
});

describeWithCases('shared material', () => {
  it('finds the pictures of a stream that repeats its parameter sets', () => {
    const builder = createH265Builder({ trackId: 0, clockRate: 90_000 });
    const frames = splitAnnexB(readCase('media/avatar.h265')).flatMap((unit) => builder.build([unit], 0, 0) ?? []);
    expect(frames).toHaveLength(308);
    expect(frames.filter((frame) => frame.key)).toHaveLength(8);
    expect(builder.track).toMatchObject({ epoch: 0, info: { width: 768, height: 320, fps: 25, profile: 'Main' } });
    expect(builder.ignoredParameterSets).toBe(0);
  });

  it('describes what cameras send', () => {
    for (const name of ['TestDahua.bin', 'TestReolink.bin']) {
      const builder = createH265Builder({ trackId: 0, clockRate: 90_000 });
      const frame = builder.build(splitAnnexB(readCase(`corpus/codec/annexb-cameras/${name}`)), 0, 0);
      expect(frame).toMatchObject({ key: true, track: { info: { width: expect.any(Number), height: expect.any(Number) } } });
    }
  });

  it.each(readCases('corpus/codec/h265-streams'))('survives %s', (_name, data) => {
    const builder = createH265Builder({ trackId: 0, clockRate: 90_000 });
    for (const unit of splitAnnexB(data)) builder.build([unit], 0, 0);
    expect(builder.track?.info).toMatchObject({ width: 1920, height: 1080 });
  });

  it('survives the fuzz corpus', () => {
    for (const folder of ['h265-fuzz-nalu', 'h265-fuzz-ps', 'h26x-fuzz-dts', 'gomedia']) {
      for (const [, data] of readCases(`corpus/codec/${folder}`)) {
        const builder = createH265Builder({ trackId: 0, clockRate: 90_000 });
        builder.build([data, ...splitAnnexB(data)], 0, 0);
      }
    }
  });
});
