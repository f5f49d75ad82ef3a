import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../e2e/support/paths.js';
import { run } from '../e2e/support/programs.js';
import { readUnits, type Units } from './units.js';

/** Longer than an input is looked at, so that no film is played twice. */
const SECONDS = 45;

/** What newer FFmpeg (node-av) is needed for: H.265 in FLV, which ffmpeg learnt with version 6.1. */
export const remuxScript = join(root, 'test/peers/remux.mjs');
const hasRemux = existsSync(join(root, 'test/peers/node_modules/node-av'));

/** A pair of codecs that goes through every cell of the table. */
export interface Material {
  /** As in the table. */
  readonly name: string;
  /** Part of stream paths and file names. */
  readonly slug: string;
  readonly codecs: readonly [video: string, audio: string];
  /** FLV of this takes the newer FFmpeg. */
  readonly needsRemux: boolean;
  /** Brings a picture into the form that is compared: slices in Annex B, since containers may move parameter sets, SEI and delimiters. */
  readonly videoFilter: string;
  readonly encoders: readonly string[];
  /** What the old ffmpeg writes and reads. */
  readonly container: 'flv' | 'mov';
  readonly sampleRate: number;
}

/** Every pair. A new one is an entry here. */
export const allMaterials: readonly Material[] = [
  {
    name: 'H264 AAC',
    slug: 'h264-aac',
    codecs: ['h264', 'aac'],
    needsRemux: false,
    videoFilter: 'h264_mp4toannexb,filter_units=pass_types=1-5',
    encoders: ['-c:v', 'libx264', '-preset', 'veryfast', '-bf', '2', '-c:a', 'aac', '-b:a', '64k'],
    container: 'flv',
    sampleRate: 44_100,
  },
  {
    name: 'H265 G711',
    slug: 'h265-g711',
    codecs: ['hevc', 'pcm_alaw'],
    needsRemux: true,
    videoFilter: 'hevc_mp4toannexb,filter_units=pass_types=0-31',
    encoders: ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=error:bframes=2', '-tag:v', 'hvc1', '-c:a', 'pcm_alaw'],
    container: 'mov',
    sampleRate: 8000,
  },
];

/** Those that the programs here can make. */
export const materials: readonly Material[] = allMaterials.filter(({ needsRemux }) => !needsRemux || hasRemux);

/** A film of a material, made for one run. */
export interface Film {
  readonly material: Material;
  /** For ffmpeg. */
  readonly file: string;
  /** The same in FLV. */
  readonly flv: string;
  readonly units: Units;
}

/** Makes pictures and noise: no part of it is like another, so that what was played tells its place. */
export async function makeFilm(material: Material, folder: string): Promise<Film> {
  const file = join(folder, `${material.slug}.${material.container}`);
  const flv = join(folder, `${material.slug}.flv`);
  const sources = [
    `testsrc2=size=320x180:rate=25:duration=${SECONDS}`,
    `anoisesrc=seed=1:sample_rate=${material.sampleRate}:amplitude=0.3:duration=${SECONDS}`,
  ];
  const inputs = sources.flatMap((source) => ['-f', 'lavfi', '-i', source]);
  await must('ffmpeg', ['-v', 'error', ...inputs, ...material.encoders, '-g', '25', '-pix_fmt', 'yuv420p', '-ac', '1', file]);
  if (flv !== file) await must(process.execPath, [remuxScript, file, flv]);
  return { material, file, flv, units: await readUnits(file, material, folder) };
}

/** Runs a program that has to succeed. */
export async function must(command: string, args: readonly string[]): Promise<void> {
  const { code, stderr } = await run(command, args, { timeoutMs: 60_000 });
  if (code !== 0) throw new Error(`${command} ${args.at(-1)}: ${stderr.trim().split('\n').slice(-3).join(' / ')}`);
}
