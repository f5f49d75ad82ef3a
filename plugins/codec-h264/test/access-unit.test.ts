import { createFrame, type Track } from '@sluice/core';
import { beginsH264AccessUnit, h264AccessUnits, h264UnitsWithSets, isH264SliceType } from '../src/index.js';
import { BASELINE_SPS, hex, PPS } from './material.js';

it.each([
  ['the first slice', 1, 0x88, true],
  ['another slice', 1, 0x48, false],
  ['the first slice of an IDR picture', 5, 0x88, true],
  ['the first partition A', 2, 0x88, true],
  ['partition B', 3, 0x88, false],
  ['SEI', 6, 0, true],
  ['SPS', 7, 0, true],
  ['PPS', 8, 0, true],
  ['a delimiter', 9, 0, true],
  ['the end of the sequence', 10, 0, false],
  ['filler', 12, 0xff, false],
  ['a prefix', 14, 0, true],
  ['an auxiliary slice', 19, 0x88, false],
])('what begins an access unit: %s', (_name, type, afterHeader, expected) => {
  expect(beginsH264AccessUnit(type, afterHeader)).toBe(expected);
  expect(isH264SliceType(type)).toBe(type >= 1 && type <= 5);
});

describe('parameter sets in front of a picture', () => {
  const [sps, pps, idr, delimiter] = [hex(BASELINE_SPS), hex(PPS), hex('6588'), hex('09f0')];
  const track: Track = { id: 0, kind: 'video', codec: 'h264', clockRate: 90_000, epoch: 0, parameters: { sps: [sps], pps: [pps] }, info: {} };
  const units = (key: boolean, ...given: Buffer[]) => h264UnitsWithSets(createFrame(track, 0, 0, key, given));

  it('are those it lacks, behind its delimiter', () => {
    expect(units(true, idr)).toEqual([sps, pps, idr]);
    expect(units(true, delimiter, idr)).toEqual([delimiter, sps, pps, idr]);
    expect(units(true, sps, idr)).toEqual([pps, sps, idr]);
  });

  it('are none where it brings them, or is no key picture', () => {
    const given = [sps, pps, idr];
    const frame = createFrame(track, 0, 0, true, given);
    expect(h264UnitsWithSets(frame)).toBe(given);
    expect(units(false, idr)).toEqual([idr]);
  });
});

it('groups units by picture: sets go with the picture behind them, further slices with the one in front, a delimiter always begins one', () => {
  const [sps, pps, idr, rest, slice, delimiter] = [hex(BASELINE_SPS), hex(PPS), hex('6588'), hex('6548'), hex('4188'), hex('09f0')];
  expect(h264AccessUnits([sps, pps, idr, rest, slice, sps, pps, idr])).toEqual([[sps, pps, idr, rest], [slice], [sps, pps, idr]]);
  expect(h264AccessUnits([sps, pps, delimiter, sps, pps, idr, delimiter, slice])).toEqual([
    [sps, pps],
    [delimiter, sps, pps, idr],
    [delimiter, slice],
  ]);
  expect(h264AccessUnits([])).toEqual([]);
});
