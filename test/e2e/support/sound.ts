import { run } from './programs.js';

/** Sound of one channel. */
export interface Sound {
  readonly samples: Int16Array;
  readonly rate: number;
}

/** What ffprobe says of the first audio stream of a file or URL. */
export async function soundFormat(source: string): Promise<string> {
  const entries = 'stream=codec_name,sample_rate,channels';
  const { stdout } = await run('ffprobe', ['-v', 'error', '-select_streams', 'a:0', '-show_entries', entries, '-of', 'csv=p=0', source]);
  return stdout.toString().trim();
}

/** Records `seconds` of a URL as it comes. */
export async function record(url: string, seconds: number, file: string): Promise<void> {
  const { code, stderr } = await run('ffmpeg', [
    '-v',
    'error',
    '-y',
    '-analyzeduration',
    '1000000',
    '-i',
    url,
    '-t',
    String(seconds),
    '-c',
    'copy',
    '-f',
    'flv',
    file,
  ]);
  if (code !== 0) throw new Error(`ffmpeg cannot record ${url}: ${stderr}`);
}

/** The sound of a recorded file, decoded by FFmpeg. */
export async function decodeSound(file: string, rate = 48_000): Promise<Sound> {
  const { stdout, stderr } = await run('ffmpeg', ['-v', 'error', '-i', file, '-map', '0:a', '-ac', '1', '-ar', String(rate), '-f', 's16le', '-']);
  if (stderr !== '') throw new Error(`ffmpeg cannot decode ${file}: ${stderr}`);
  const bytes = Uint8Array.from(stdout.subarray(0, stdout.length & ~1));
  return { samples: new Int16Array(bytes.buffer), rate };
}

/** Frequency of a tone in Hz, by its upward zero crossings. */
export function pitch({ samples, rate }: Sound): number {
  let count = 0;
  let [first, last] = [0, 0];
  for (let i = 1; i < samples.length; i++) {
    const [before, after] = [samples[i - 1] as number, samples[i] as number];
    if (before >= 0 || after < 0) continue;
    last = i - after / (after - before);
    if (count === 0) first = last;
    count++;
  }
  return count < 2 ? 0 : ((count - 1) * rate) / (last - first);
}

/** Seconds at which sound sets in after silence, and each time again. */
export function onsets({ samples, rate }: Sound, level = 800): number[] {
  const found: number[] = [];
  let silentSince = 0;
  for (let i = 0; i < samples.length; i++) {
    if (Math.abs(samples[i] as number) < level) continue;
    if (i - silentSince > rate / 10 && i > rate / 10) found.push(i / rate);
    silentSince = i;
  }
  return found;
}

/** Presentation time of the first sound of a file, in seconds of the file. */
export async function soundStart(file: string): Promise<number> {
  const { stdout } = await run('ffprobe', [
    '-v',
    'error',
    '-select_streams',
    'a:0',
    '-show_entries',
    'packet=pts_time',
    '-read_intervals',
    '%+#1',
    '-of',
    'csv=p=0',
    file,
  ]);
  return Number(stdout.toString().trim().split('\n')[0]);
}
