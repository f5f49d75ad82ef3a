import { Buffer } from 'node:buffer';
import type { TestMaterial } from '@sluice/core/testing';
import { splitAnnexB } from '@sluice/plugin-codec-nal';
import { isH264SliceType } from './access-unit.js';
import { h264 } from './descriptor.js';
import { H264NalType, h264NalType } from './nal-unit.js';
import type { H264Parameters } from './parameters.js';

/** A white block that crosses a teal picture: 20 pictures of 64x64 and of 96x64, two groups of ten, made with ffmpeg's libx264 (baseline). */
const FILMS = [
  'AAAAAWdCwAqmERCbARAAAAMAEAAAAwMg8SJhGAAAAAFoyEIPLIAAAAFliIIGeIxQABHRjgACERHAAEdu+++uuuuuuuuuuuvAAAAAAUGaHAzwjAAAAAFBmioDPCMAAAABQZo7AzwjAAAAAUGaSQDPCMAAAAABQZpZQM8IwAAAAAFBmmmAzwjAAAAAAUGaecDPCMAAAAABQZqIgDPCMAAAAAFBmpiQM8IwAAAAAWdCwAqmERCbARAAAAMAEAAAAwMg8SJhGAAAAAFoyEIPLIAAAAFliIEB/iMUAASkY4AAhmRwABKnvvvrrrrrrrrrrrrwAAAAAUGaHAzwjAAAAAFBmioDPCMAAAABQZo7AzwjAAAAAUGaSQDPCMAAAAABQZpZQM8IwAAAAAFBmmmAzwjAAAAAAUGaecC/CMAAAAABQZqIgC/CMAAAAAFBmpiQK8Iw',
  'AAAAAWdCwAqmERibARAAAAMAEAAAAwMg8SJhGAAAAAFoyEIPLIAAAAFliIIGeIxQABHRjgACERHAAEdu+++++uuuuuuuuuuuuuuuuuvAAAAAAUGaHAzwzAAAAAFBmioDPDMAAAABQZo7AzwzAAAAAUGaSQDPDMAAAAABQZpZQM8MwAAAAAFBmmmAzwzAAAAAAUGaecDPDMAAAAABQZqIgDPDMAAAAAFBmpiQM8MwAAAAAWdCwAqmERibARAAAAMAEAAAAwMg8SJhGAAAAAFoyEIPLIAAAAFliIEB/iMUAASkY4AAhmRwABKnvvvvvrrrrrrrrrrrrrrrrrrwAAAAAUGaHAzwzAAAAAFBmioDPDMAAAABQZo7AzwzAAAAAUGaSQDPDMAAAAABQZpZQM8MwAAAAAFBmmmAzwzAAAAAAUGaecC/DMAAAAABQZqIgC/DMAAAAAFBmpiQK8Mw',
].map((text) => splitAnnexB(Buffer.from(text, 'base64')));

const GOP = 10;
const FPS = 25;
const CLOCK_RATE = 90_000;
const SEI_USER_DATA_UNREGISTERED = 5;
const UUID = Buffer.from('sluice test film', 'latin1');

/** The film of a variant: its parameter sets, and its pictures. */
const films = FILMS.map((units) => ({
  sps: units.find((unit) => h264NalType(unit) === H264NalType.sps) as Buffer,
  pps: units.find((unit) => h264NalType(unit) === H264NalType.pps) as Buffer,
  slices: units.filter((unit) => isH264SliceType(h264NalType(unit))),
}));

/** Says which access unit this is (ITU-T H.264 D.1.6). Digits and spaces need no emulation prevention. */
function seiOf(index: number, padBytes: number): Buffer {
  const text = Buffer.concat([UUID, Buffer.from(String(index).padEnd(12 + padBytes), 'latin1')]);
  const size = Buffer.alloc(Math.floor(text.length / 255) + 1, 0xff);
  size[size.length - 1] = text.length % 255;
  return Buffer.concat([Buffer.from([H264NalType.sei, SEI_USER_DATA_UNREGISTERED]), size, text, Buffer.from([0x80])]);
}

function filmOf(variant: number) {
  return films[variant % films.length] as (typeof films)[number];
}

/** H.264 pictures for tests: a decoder takes them, and each says its number. Even variants are 64x64, odd ones 96x64. */
export const h264TestMaterial: TestMaterial = {
  codec: h264,
  clockRate: CLOCK_RATE,
  ticks: CLOCK_RATE / FPS,
  gop: GOP,
  parameters(variant): H264Parameters {
    const { sps, pps } = filmOf(variant);
    return { sps: [sps], pps: [pps] };
  },
  units(index, variant, padBytes) {
    const { sps, pps, slices } = filmOf(variant);
    const slice = slices[index % slices.length] as Buffer;
    const sei = seiOf(index, padBytes);
    return index % GOP === 0 ? [sps, pps, sei, slice] : [sei, slice];
  },
  essence: (units) => Buffer.concat(units.filter((unit) => isH264SliceType(h264NalType(unit)) || h264NalType(unit) === H264NalType.sei)),
};
