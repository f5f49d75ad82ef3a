import { openMp4 } from '@sluice/plugin-format-mp4';
import { type Target, wholeTarget } from '../target.js';
import { tellFrame } from './tell.js';

const fixtures = 'plugins/format-mp4/test/fixtures';
/** Frames read of one file: tables may name one byte a million times. */
const MAX_FRAMES = 200;

export const mp4Targets: readonly Target[] = [
  wholeTarget(
    'mp4',
    {
      kinds: ['mp4'],
      files: ['h264-b-aac-front.mp4', 'h264-b-aac-end.mp4', 'h265-hev1.mov', 'h265-hvc1.mp4', 'quicktime.mov', 'fragmented.mp4'].map(
        (file) => `${fixtures}/${file}`,
      ),
    },
    async (input, tell) => {
      const source = { size: input.length, read: async (offset: number, length: number) => input.subarray(offset, offset + length) };
      const movie = await openMp4(source, { maxSampleBytes: 1 << 20 });
      tell(
        'movie',
        movie.tracks.map(({ codec, clockRate, info }) => [codec, clockRate, info]),
        movie.skipped,
      );
      const reader = movie.reader(0.1);
      const frameOf = tellFrame(tell);
      for (let n = 0; n < MAX_FRAMES; n++) {
        const frame = await reader.next();
        if (frame === undefined) break;
        frameOf(frame);
      }
    },
    {
      words: [
        'moov',
        'trak',
        'mdat',
        'stbl',
        'stsz',
        'stsc',
        'stco',
        'co64',
        'stts',
        'ctts',
        'stss',
        'esds',
        'avcC',
        'hvcC',
        'elst',
        'stz2',
        'mvex',
        'moof',
        'wide',
      ],
    },
  ),
];
