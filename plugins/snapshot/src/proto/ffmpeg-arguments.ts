import type { SnapshotSize } from '../service.js';
import type { PictureCodec } from './key-picture.js';

/** FFmpeg's names of the elementary streams. */
const FORMATS: Readonly<Record<PictureCodec, string>> = { h264: 'h264', h265: 'hevc' };
/** 2 (best) to 31. */
const QUALITY = '3';

/** What ffmpeg is called with: one picture from standard input to a JPEG on standard output, and no protocol but these pipes. */
export function ffmpegArguments(codec: PictureCodec, { width, height }: SnapshotSize): string[] {
  // -2: what keeps the shape, as an even number.
  const scale = width === undefined && height === undefined ? [] : [`scale=${width ?? -2}:${height ?? -2}`];
  const filters = [...scale, 'format=yuvj420p'].join(',');
  const input = ['-protocol_whitelist', 'pipe', '-threads', '1', '-f', FORMATS[codec], '-i', 'pipe:0'];
  return [
    '-hide_banner',
    '-loglevel',
    'error',
    ...input,
    '-frames:v',
    '1',
    '-an',
    '-vf',
    filters,
    '-c:v',
    'mjpeg',
    '-q:v',
    QUALITY,
    '-f',
    'image2pipe',
    'pipe:1',
  ];
}
