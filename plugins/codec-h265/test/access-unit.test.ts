import { Buffer } from 'node:buffer';
import { createFrame, type Track } from '@sluice/core';
import { beginsH265AccessUnit, h265UnitsWithSets, isH265SliceType } from '../src/index.js';

it.each([
  ['the first slice segment', 1, 0x80, true],
  ['another slice segment', 1, 0x40, false],
  ['the first of an IDR picture', 19, 0x80, true],
  ['VPS', 32, 0, true],
  ['PPS', 34, 0, true],
  ['a delimiter', 35, 0, true],
  ['the end of the sequence', 36, 0x80, false],
  ['a prefix SEI', 39, 0, true],
  ['a suffix SEI', 40, 0x80, false],
  ['a reserved one', 41, 0, true],
])('what begins an access unit: %s', (_name, type, afterHeader, expected) => {
  expect(beginsH265AccessUnit(type, afterHeader)).toBe(expected);
  expect(isH265SliceType(type)).toBe(type < 32);
});

it('a key picture gets the parameter sets it lacks, behind its delimiter', () => {
  const unit = (text: string) => Buffer.from(text, 'hex');
  const [vps, sps, pps, idr, delimiter] = [unit('4001aa'), unit('4201aa'), unit('4401aa'), unit('2601af'), unit('460150')];
  const parameters = { vps: [vps], sps: [sps], pps: [pps] };
  const track: Track = { id: 0, kind: 'video', codec: 'h265', clockRate: 90_000, epoch: 0, parameters, info: {} };
  expect(h265UnitsWithSets(createFrame(track, 0, 0, true, [delimiter, idr]))).toEqual([delimiter, vps, sps, pps, idr]);
  expect(h265UnitsWithSets(createFrame(track, 0, 0, true, [vps, sps, pps, idr]))).toEqual([vps, sps, pps, idr]);
  expect(h265UnitsWithSets(createFrame(track, 0, 0, false, [idr]))).toEqual([idr]);
});
