import { createFrame, type Frame, type RehearsalSource, type Track } from '@sluice/core';

const FPS = 25;
const GOP = 25;
/** Parameter sets of an H.264 picture of 1280 x 720. */
const SPS = Buffer.from('6742c01fda014016e840000003004000000c83c60c65800', 'hex');
const PPS = Buffer.from('68ce3c80', 'hex');
/** AudioSpecificConfig of AAC-LC, 44,100 Hz, stereo (ISO/IEC 14496-3 1.6.2.1). */
const AAC = Buffer.from('1210', 'hex');
const SAMPLES = 1024;

const video: Track = {
  id: 0,
  kind: 'video',
  codec: 'h264',
  clockRate: 90_000,
  epoch: 0,
  parameters: { sps: [SPS], pps: [PPS] },
  info: { width: 1280, height: 720, fps: FPS },
};
const audio: Track = {
  id: 1,
  kind: 'audio',
  codec: 'aac',
  clockRate: 44_100,
  epoch: 0,
  parameters: { config: AAC, objectType: 2, sampleRate: 44_100, channels: 2 },
  info: { sampleRate: 44_100, channels: 2 },
};

const keyUnit = Buffer.alloc(12_000, 0x65);
const otherUnit = Buffer.alloc(3000, 0x41);
const soundUnit = Buffer.alloc(250, 0x21);

/** A stream that every output carries. Its pictures cannot be decoded. */
export const rehearsalSource: RehearsalSource = {
  tracks: [video, audio],
  frames(index) {
    const key = index % GOP === 0;
    const dts = (index * video.clockRate) / FPS;
    const sound = (packet: number): Frame => createFrame(audio, packet * SAMPLES, packet * SAMPLES, true, [soundUnit]);
    return [createFrame(video, dts, dts, key, [key ? keyUnit : otherUnit]), sound(2 * index), sound(2 * index + 1)];
  },
};
