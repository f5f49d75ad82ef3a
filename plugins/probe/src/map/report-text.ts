import type { ProbedTrack, ProbeReport } from '../service.js';

function rate(bitrate: number): string {
  return bitrate >= 1_000_000 ? `${(bitrate / 1_000_000).toFixed(2)} Mbit/s` : `${Math.round(bitrate / 1000)} kbit/s`;
}

function gop({ gopMs, fps }: ProbedTrack): string {
  if (gopMs === undefined) return 'one key frame or none';
  const { min, mean, max } = gopMs;
  const spread = max - min > 0.1 * mean ? ` (${(min / 1000).toFixed(2)} to ${(max / 1000).toFixed(2)} s)` : '';
  const pictures = fps === undefined ? '' : `, ${Math.round((mean * fps) / 1000)} pictures`;
  return `a key frame every ${(mean / 1000).toFixed(2)} s${spread}${pictures}`;
}

function trackLine(track: ProbedTrack): string {
  const { id, kind, codec, profile, width, height, fps, sampleRate, channels, bitrate, frames, reordered } = track;
  const facts = [
    [codec, profile].filter((part) => part !== undefined).join(' '),
    ...(width === undefined ? [] : [`${width}x${height}`]),
    ...(fps === undefined ? [] : [`${fps} fps`]),
    ...(sampleRate === undefined ? [] : [`${sampleRate} Hz`]),
    ...(channels === undefined ? [] : [channels === 1 ? 'mono' : channels === 2 ? 'stereo' : `${channels} channels`]),
    rate(bitrate),
    `${frames} frames`,
    ...(kind === 'video' ? [gop(track), reordered === true ? 'B-frames' : 'no B-frames'] : []),
  ];
  return `  #${id} ${kind.padEnd(5)} ${facts.join(', ')}\n`;
}

/** A report for people. */
export function reportText({ url, protocol, remote, connectMs, readMs, tracks, remarks }: ProbeReport): string {
  const all = tracks.reduce((sum, { bitrate }) => sum + bitrate, 0);
  const head = `${url}\n  ${protocol}${remote === undefined ? '' : ` from ${remote}`}, first media after ${connectMs} ms, read for ${(readMs / 1000).toFixed(1)} s, ${rate(all)}\n`;
  const odd = remarks.length === 0 ? '  nothing odd\n' : remarks.map((remark) => `  ! ${remark}\n`).join('');
  return head + tracks.map(trackLine).join('') + odd;
}
