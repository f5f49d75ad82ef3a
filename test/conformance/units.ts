import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../e2e/support/programs.js';
import type { Material } from './materials.js';

/** Coded units of one track as ffmpeg reads them, in decoding order. */
export interface TrackUnits {
  /** ffmpeg's name. */
  readonly codec: string;
  /** Size of pictures or sample rate. */
  readonly format: string;
  /** All units, one after another. */
  readonly bytes: Buffer;
  readonly packets: readonly Packet[];
}

/** One unit; times in milliseconds, NaN where ffmpeg has none. */
export interface Packet {
  /** Where it begins in the track's bytes. */
  readonly at: number;
  readonly size: number;
  readonly dtsMs: number;
  readonly ptsMs: number;
}

/** Both tracks of a source. */
export interface Units {
  readonly video: TrackUnits;
  readonly audio: TrackUnits;
}

interface Listed {
  codec: string;
  format: string;
  msPerTick: number;
  packets: Packet[];
  size: number;
}

/** AV_NOPTS_VALUE is the least of 64 bits. */
const NO_TIME = -9e18;

/** Reads the list that ffmpeg's framecrc muxer writes: a line for each packet, comments on each stream. */
export function parseList(text: string): readonly [video: Listed, audio: Listed] {
  const tracks: [Listed, Listed] = [
    { codec: '', format: '', msPerTick: 1, packets: [], size: 0 },
    { codec: '', format: '', msPerTick: 1, packets: [], size: 0 },
  ];
  for (const line of text.split('\n')) {
    const comment = line.match(/^#(\w+) ([01]): (.*)$/);
    if (comment !== null) {
      const [, name, index, value = ''] = comment;
      const track = tracks[Number(index) as 0 | 1];
      if (name === 'codec_id') track.codec = value;
      if (name === 'dimensions' || name === 'sample_rate') track.format = value;
      const [numerator, denominator] = value.split('/').map(Number);
      if (name === 'tb') track.msPerTick = ((numerator ?? 1) / (denominator ?? 1)) * 1000;
    } else if (/^[01],/.test(line)) {
      const [index = 0, dts = 0, pts = 0, , size = 0] = line.split(',').map(Number);
      const track = tracks[index as 0 | 1];
      const toMs = (ticks: number): number => (ticks < NO_TIME ? Number.NaN : ticks * track.msPerTick);
      track.packets.push({ at: track.size, size, dtsMs: toMs(dts), ptsMs: toMs(pts) });
      track.size += size;
    }
  }
  return tracks;
}

/** Reads a file or URL with ffmpeg for `seconds`, or to its end. Rejects with ffmpeg's words where nothing comes. */
export async function readUnits(
  source: string,
  { videoFilter }: Pick<Material, 'videoFilter'>,
  folder: string,
  options: { readonly seconds?: number; readonly input?: readonly string[] } = {},
): Promise<Units> {
  const file = join(folder, randomUUID());
  const copy = [...(options.seconds === undefined ? [] : ['-t', String(options.seconds)]), '-c', 'copy'];
  const video = ['-map', '0:v:0', ...copy, '-bsf:v', videoFilter];
  const audio = ['-map', '0:a:0', ...copy];
  const list = [...video, '-map', '0:a:0', '-f', 'framecrc', `${file}.list`];
  const raw = [...video, '-f', 'data', `${file}.video`, ...audio, '-f', 'data', `${file}.audio`];
  const { stderr } = await run('ffmpeg', ['-v', 'error', ...(options.input ?? []), '-i', source, ...list, ...raw], { timeoutMs: 30_000 });
  if (!existsSync(`${file}.audio`)) throw new Error(stderr.trim().split('\n').slice(-2).join(' / ') || 'ffmpeg got nothing');
  const tracks = parseList(readFileSync(`${file}.list`, 'latin1'));
  const units = (of: Listed, bytes: Buffer): TrackUnits => ({
    codec: of.codec,
    format: of.format,
    bytes,
    // The outputs may end at different packets.
    packets: of.packets.filter(({ at, size }) => at + size <= bytes.length),
  });
  return { video: units(tracks[0], readFileSync(`${file}.video`)), audio: units(tracks[1], readFileSync(`${file}.audio`)) };
}
