import { createFrame, type Frame, type Track } from '@sluice/core';
import { aac } from '@sluice/plugin-codec-aac';
import { Segmenter, type SegmenterOptions, type SegmentFrames } from '../src/map/segmenter.js';

/** Real parameter sets, of 64 x 64 pixels. */
const SPS = Buffer.from('6742c01eda0404ac', 'hex');
const PPS = Buffer.from('68ce3c80', 'hex');

export const video = (change: Partial<Track> = {}): Track => ({
  ...{ id: 0, kind: 'video', codec: 'h264', clockRate: 90_000, epoch: 0, parameters: { sps: [SPS], pps: [PPS] }, info: { width: 64, height: 64 } },
  ...change,
});
/** The same track with other parameter sets. */
export const otherVideo = (): Track => video({ epoch: 1, parameters: { sps: [Buffer.from('6742c01fda0404ac', 'hex')], pps: [PPS] } });

const config = Buffer.from([0x15, 0x08]); // AAC LC, 11025 Hz, mono
const builder = aac.createBuilder({ trackId: 1, clockRate: 11_025, parameters: { config, objectType: 2, sampleRate: 11_025, channels: 1 } });
export const audio = builder.track as Track;

export const picture = (track: Track, ms: number, key: boolean, size = 100): Frame =>
  createFrame(track, ms * 90, ms * 90, key, [Buffer.concat([Buffer.from([key ? 0x65 : 0x41]), Buffer.alloc(size, 0x80)])]);
export const sound = (ms: number, track: Track = audio): Frame =>
  createFrame(track, Math.round(ms * 11.025), Math.round(ms * 11.025), true, [Buffer.alloc(30, 0x21)]);

/** Pictures from `fromMs` up to `toMs`, 25 per second, with a key frame each `gopMs`. */
export function pictures(fromMs: number, toMs: number, { track = video(), gopMs = 1000, stepMs = 40 } = {}): Frame[] {
  const count = Math.round((toMs - fromMs) / stepMs);
  return Array.from({ length: count }, (_, i) => picture(track, fromMs + i * stepMs, (i * stepMs) % gopMs === 0));
}
export function sounds(fromMs: number, toMs: number, track: Track = audio): Frame[] {
  const STEP_MS = 1024 / 11.025;
  return Array.from({ length: Math.ceil((toMs - fromMs) / STEP_MS) }, (_, i) => sound(fromMs + i * STEP_MS, track));
}

const msOf = ({ dts, track }: Frame) => (dts * 1000) / track.clockRate;
export const merge = (...lists: readonly Frame[][]): Frame[] => lists.flat().toSorted((a, b) => msOf(a) - msOf(b));

/** What the frames are cut into. */
export function cut(frames: readonly Frame[], options: Partial<SegmenterOptions> = {}) {
  const segments: SegmentFrames[] = [];
  let thrownAway = 0;
  const segmenter = new Segmenter(
    { segmentMs: 2000, maxBytes: 1e6, ...options },
    {
      segment: (segment) => segments.push(segment),
      tooLarge: () => {
        thrownAway++;
      },
    },
  );
  for (const frame of frames) segmenter.push(frame);
  segmenter.interrupt();
  return { segments, segmenter, thrownAway: () => thrownAway };
}
