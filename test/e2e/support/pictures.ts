import { createHash } from 'node:crypto';
import { run } from './programs.js';

type Codec = 'h264' | 'h265';

/** Slices of the coded picture data, other NAL units (parameter sets, delimiters, SEI) are left out: containers may move those. */
const isSlice: Readonly<Record<Codec, (first: number) => boolean>> = {
  h264: (first) => (first & 0x1f) === 1 || (first & 0x1f) === 5,
  h265: (first) => ((first >> 1) & 0x3f) < 32,
};

/** Checksums of the slices in an Annex B stream, in order. */
export function sliceHashes(stream: Buffer, codec: Codec): string[] {
  const hashes: string[] = [];
  const START = Buffer.from([0, 0, 1]);
  for (let at = stream.indexOf(START); at >= 0; ) {
    const begin = at + 3;
    const next = stream.indexOf(START, begin);
    let end = next < 0 ? stream.length : next;
    while (end > begin && stream[end - 1] === 0) end--;
    if (isSlice[codec](stream[begin] ?? 0)) hashes.push(createHash('md5').update(stream.subarray(begin, end)).digest('hex'));
    at = next;
  }
  return hashes;
}

/** Plays `url` with ffmpeg for `seconds` and answers the checksums of the slices it got. */
export async function playedSlices(url: string, seconds: number, codec: Codec = 'h264'): Promise<string[]> {
  const { stdout } = await run('ffmpeg', [
    '-v',
    'error',
    '-i',
    url,
    '-t',
    String(seconds),
    '-map',
    '0:v',
    '-c',
    'copy',
    '-f',
    codec === 'h264' ? 'h264' : 'hevc',
    '-',
  ]);
  return sliceHashes(stdout, codec);
}
