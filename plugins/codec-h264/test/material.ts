import { Buffer } from 'node:buffer';

export const hex = (text: string): Buffer => Buffer.from(text, 'hex');

/** SPS of real encoders, with what they mean. From the tests of bluenviron/mediacommon, MIT. */
export const REAL_SPS: readonly (readonly [string, string, Readonly<Record<string, unknown>>])[] = [
  ['a camera, 1080p', '67640029ac133140780447de03ea020203e0000003002000000652', { width: 1920, height: 1080, fps: 25, profileIdc: 100, levelIdc: 41 }],
  [
    'Hikvision with HRD',
    '674d00299a6403c0113f2e02dc04040500000303e80000c350e86000bab40002eac4bbcb8d0c00175680005d58977970a0',
    { width: 1920, height: 1080, fps: 25, profileIdc: 77 },
  ],
  ['interlaced', '674d4028ab603c0223ef01100000030010000003032e9400356406b285080ee2c522c0', { width: 1920, height: 1080, fps: 25, frameMbsOnly: false }],
  ['NVENC with HRD', '6764002aac2cac0780227e5c05a808080a000007d00003a981c000004c4b00002625adde5c14', { width: 1920, height: 1080, fps: 60 }],
  [
    'NVIDIA',
    '67640028acd940780227e584000003000400000300f03c60c658',
    { width: 1920, height: 1080, fps: 30, vui: expect.objectContaining({ maxReorderFrames: 2 }) },
  ],
  ['Hikvision', '67640020ac172a01401e68400001c2000057e421', { width: 1280, height: 960, fps: 25 }],
  [
    'an encoder with scaling matrix',
    '67640032ad84010c20086100430802184010c200843b5014005ad370101014000003000400000300a210',
    { width: 2560, height: 1440, fps: 20 },
  ],
];

/** Made by hand: profile 66, level 3.0, 640 by 480, no cropping, no VUI. */
export const BASELINE_SPS = '6742001eda0280f640';
/** A PPS of x264: ids 0 and 0. */
export const PPS = '68ebecb22c';
