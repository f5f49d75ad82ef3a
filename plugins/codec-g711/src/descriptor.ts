import type { Buffer } from 'node:buffer';
import { type CodecDescriptor, createFrame, type Frame, type FrameBuilder, type FrameBuilderOptions, SluiceError, type Track } from '@sluice/core';

/** Bytes of one audio unit: a second of 48 kHz stereo, far above the 20 to 40 ms that devices send. */
const MAX_UNIT_BYTES = 96_000;

/** G.711 A-law (ITU-T G.711). The track is known at once; 8000 Hz mono unless the hints say otherwise. */
export const g711a: CodecDescriptor = descriptor('g711a');

/** G.711 mu-law (ITU-T G.711). The track is known at once; 8000 Hz mono unless the hints say otherwise. */
export const g711u: CodecDescriptor = descriptor('g711u');

function descriptor(name: 'g711a' | 'g711u'): CodecDescriptor {
  return { name, kind: 'audio', createBuilder: (options) => createBuilder(name, options) };
}

function createBuilder(codec: 'g711a' | 'g711u', options: FrameBuilderOptions): FrameBuilder {
  const info = Object.freeze({ sampleRate: options.hints?.sampleRate ?? 8000, channels: options.hints?.channels ?? 1 });
  const track: Track = Object.freeze({
    id: options.trackId,
    kind: 'audio' as const,
    codec,
    clockRate: options.clockRate,
    epoch: 0,
    parameters: undefined,
    info,
  });
  return { track, setParameters: () => {}, build: (units, dts, pts, wallClockMs) => build(track, units, dts, pts, wallClockMs) };
}

/** One unit is one frame; a caller with several gives them one by one, as only it knows their times. */
function build(track: Track, units: readonly Buffer[], dts: number, pts: number, wallClockMs?: number): Frame | undefined {
  const unit = units[0];
  if (unit === undefined || unit.length === 0) return undefined;
  if (units.length > 1) throw new SluiceError('ERR_G711_UNITS', `${units.length} units where a frame has one`, { fatal: true });
  if (unit.length > MAX_UNIT_BYTES) throw new SluiceError('ERR_G711_TOO_LARGE', `an audio unit of ${unit.length} bytes`, { fatal: true });
  return createFrame(track, dts, pts, true, units, wallClockMs);
}
