import { BitReader, type Frame, parametersOf, type Track } from '@sluice/core';
import { parseAudioSpecificConfig } from '@sluice/plugin-codec-aac';

/** Codecs of one byte per sample. */
const BYTE_PER_SAMPLE = new Set(['g711a', 'g711u']);
/** Object types of AAC whose frames have 1024 samples, or 960: Main, LC, SSR, LTP (ISO/IEC 14496-3 table 1.17). */
const LAST_LONG_FRAMES = 4;
const ESCAPE_INDEX = 15;

/** No device samples faster. */
const MAX_SAMPLE_RATE = 48_000;

/** Whether a track's samples may be twice as many per second as it says. */
export function mayBeDouble({ info }: Track): boolean {
  return 2 * (info.sampleRate ?? 8000) <= MAX_SAMPLE_RATE;
}

/** Says how long frames of a track last by their samples, in ms as the track's rate says; NaN where that is not known. */
export type FrameDuration = (frame: Frame) => number;

const unknown: FrameDuration = () => Number.NaN;

/** How the frames of `track` are measured. */
export function frameDurationOf(track: Track): FrameDuration {
  if (track.kind !== 'audio') return unknown;
  if (BYTE_PER_SAMPLE.has(track.codec)) {
    const bytesPerMs = ((track.info.sampleRate ?? 8000) * Math.max(1, track.info.channels ?? 1)) / 1000;
    return (frame) => frame.size / bytesPerMs;
  }
  const aac = parametersOf(track, 'aac');
  if (aac === undefined || aac.objectType > LAST_LONG_FRAMES) return unknown;
  const durationMs = aacFrameMs(aac.config);
  return () => durationMs;
}

/** A frame has 1024 samples of the core coder, whatever is made of them; 960 where the config says so (ISO/IEC 14496-3 4.4.1, frameLengthFlag). */
function aacFrameMs(config: Buffer): number {
  const { coreSampleRate, sbr } = parseAudioSpecificConfig(config);
  const bits = new BitReader(config);
  bits.skip(5);
  const isShort = !sbr && bits.bits(4) !== ESCAPE_INDEX && bits.bits(4) >= 0 && bits.flag();
  return ((isShort ? 960 : 1024) * 1000) / coreSampleRate;
}
