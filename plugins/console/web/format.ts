import type { TrackFacts } from './api.js';

const NAMES: Readonly<Record<string, string>> = {
  h264: 'H.264',
  h265: 'H.265',
  aac: 'AAC',
  g711a: 'G.711 A-law',
  g711u: 'G.711 µ-law',
  opus: 'Opus',
  mp3: 'MP3',
};

/** A codec's name for people. */
export function codecName(codec: string): string {
  return NAMES[codec] ?? codec;
}

/** `1.31 Mbit/s` */
export function bitrateText(bitsPerSecond: number): string {
  if (!(bitsPerSecond > 0)) return '—';
  return bitsPerSecond >= 1e6 ? `${(bitsPerSecond / 1e6).toFixed(2)} Mbit/s` : `${Math.round(bitsPerSecond / 1000)} kbit/s`;
}

/** `AAC · 48 kHz · 1 ch` */
export function audioText({ codec, sampleRate, channels }: TrackFacts): string {
  const parts = [codecName(codec)];
  if (sampleRate !== undefined) parts.push(`${sampleRate / 1000} kHz`);
  if (channels !== undefined && channels > 0) parts.push(`${channels} ch`);
  return parts.join(' · ');
}

/** `H.264 · 640 × 360` */
export function shortText(tracks: readonly TrackFacts[]): string {
  return tracks
    .map(({ kind, codec, width, height }) =>
      kind === 'video' && width !== undefined && height !== undefined ? `${codecName(codec)} ${width}×${height}` : codecName(codec),
    )
    .join(' · ');
}
