import type { ProbedTrack, ProbeReport } from '../service.js';

/** A key frame is waited for longer than this only where somebody configured it so. */
const LONG_GOP_MS = 5000;
const FAR_APART_MS = 500;

function ofTrack(track: ProbedTrack): string[] {
  const { backwards, repeated, gaps, largestStepMs } = track.timestamps;
  const found: string[] = [];
  if (backwards > 0) found.push(`times go back ${backwards} ×`);
  if (repeated > 0) found.push(`times stand still ${repeated} ×`);
  if (gaps > 0) found.push(`${gaps} gap${gaps === 1 ? '' : 's'}, up to ${largestStepMs} ms`);
  if (track.parameterChanges > 0) found.push(`parameters changed ${track.parameterChanges} ×`);
  if (track.kind === 'video' && track.keyFrames === 0) found.push('no key frame');
  if (track.gopMs !== undefined && track.gopMs.max > LONG_GOP_MS) found.push(`key frames up to ${(track.gopMs.max / 1000).toFixed(1)} s apart`);
  const { fps, declaredFps } = track;
  if (fps !== undefined && declaredFps !== undefined && Math.abs(fps - declaredFps) > 0.1 * declaredFps) found.push(`says ${declaredFps} fps, has ${fps}`);
  return found.map((what) => `${track.kind}: ${what}`);
}

/** What is odd about a stream. */
export function remarksOf({ tracks, audioStartsAfterMs = 0, health, ended }: Omit<ProbeReport, 'remarks'>): string[] {
  return [
    ...tracks.flatMap(ofTrack),
    ...(Math.abs(audioStartsAfterMs) > FAR_APART_MS ? [`sound and picture begin ${Math.abs(audioStartsAfterMs)} ms apart`] : []),
    ...Object.entries(health).map(([kind, count]) => `${kind}: ${count}`),
    ...(ended === undefined ? [] : [`ended early: ${ended.message}`]),
  ];
}
