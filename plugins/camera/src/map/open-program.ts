import { type Mp4Source, openMp4 } from '@sluice/plugin-format-mp4';
import { openFlv } from './flv-program.js';
import type { Program } from './program.js';

/** Opens an MP4, MOV or FLV file. Rejects with what the formats throw. */
export async function openProgram(source: Mp4Source): Promise<Program> {
  const head = await source.read(0, 3);
  return head.toString('latin1') === 'FLV' ? openFlv(source) : openMovie(source);
}

async function openMovie(source: Mp4Source): Promise<Program> {
  const movie = await openMp4(source);
  return {
    tracks: movie.tracks,
    durationSeconds: movie.durationSeconds,
    open: (seconds) => movie.reader(seconds),
  };
}
