import type { Track } from '@sluice/core';
import type { AacParameters } from '@sluice/plugin-codec-aac';
import type { H264Parameters } from '@sluice/plugin-codec-h264';
import { AUDIO_CONFIG, SAMPLE_RATE } from '../proto/beep.js';
import type { VideoFormat } from '../proto/h264-parameters.js';
import type { SyntheticVideo } from '../proto/video.js';

/** Ticks per second of the picture's times. */
export const VIDEO_CLOCK_RATE = 90_000;

/** Describes the pictures. */
export function videoTrack(format: VideoFormat, video: SyntheticVideo): Track {
  const parameters: H264Parameters = { sps: [video.sps], pps: [video.pps] };
  const { width, height, fps } = format;
  return {
    id: 0,
    kind: 'video',
    codec: 'h264',
    clockRate: VIDEO_CLOCK_RATE,
    epoch: 0,
    parameters,
    info: { width, height, fps, profile: 'Constrained Baseline' },
  };
}

/** Describes the sound. */
export function audioTrack(): Track {
  const parameters: AacParameters = { config: AUDIO_CONFIG, objectType: 2, sampleRate: SAMPLE_RATE, channels: 1 };
  return {
    id: 1,
    kind: 'audio',
    codec: 'aac',
    clockRate: SAMPLE_RATE,
    epoch: 0,
    parameters,
    info: { sampleRate: SAMPLE_RATE, channels: 1, profile: 'AAC LC' },
  };
}
