import { run } from './programs.js';

/** Checksums of a source's coded units as ffmpeg reads them, in order. */
export interface AccessUnits {
  readonly video: readonly string[];
  readonly audio: readonly string[];
  /** Decoding times in the units ffmpeg shows them. */
  readonly videoDts: readonly number[];
}

/** Reads `url` for `seconds` (or to its end) and answers the checksum of each unit. */
export async function accessUnits(url: string, seconds?: number, extra: readonly string[] = []): Promise<AccessUnits> {
  const limit = seconds === undefined ? [] : ['-t', String(seconds)];
  const ended = await run('ffmpeg', ['-v', 'error', ...extra, '-i', url, ...limit, '-map', '0', '-c', 'copy', '-f', 'framemd5', '-']);
  return parseFrameHashes(ended.stdout.toString());
}

/** Parses the output of ffmpeg's framemd5 muxer. */
export function parseFrameHashes(text: string): AccessUnits {
  const kinds = new Map<string, 'video' | 'audio'>();
  const units = { video: [] as string[], audio: [] as string[], videoDts: [] as number[] };
  for (const line of text.split('\n')) {
    const media = line.match(/^#media_type (\d+): (video|audio)/);
    if (media !== null) kinds.set(media[1] as string, media[2] as 'video' | 'audio');
    if (line === '' || line.startsWith('#')) continue;
    const [stream = '', dts = '', , , , hash = ''] = line.split(',').map((field) => field.trim());
    const kind = kinds.get(stream);
    if (kind === undefined) continue;
    units[kind].push(hash);
    if (kind === 'video') units.videoDts.push(Number(dts));
  }
  return units;
}

/** True where `part` stands in `whole` without a gap; `whole` may go round, as a looped file does. */
export function isRunOf(part: readonly string[], whole: readonly string[]): boolean {
  if (part.length === 0) return false;
  const twice = [...whole, ...whole];
  for (let at = 0; at < whole.length; at++) {
    if (part.every((hash, i) => twice[(at + i) % whole.length] === hash)) return true;
  }
  return false;
}
