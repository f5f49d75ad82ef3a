import { createFrame } from '../media/frame.js';
import type { CodecDescriptor, FrameBuilder, FrameBuilderOptions } from '../media/frame-builder.js';
import type { Track } from '../media/track.js';
import { testAudioTrack, testVideoTrack } from './synthetic-frames.js';

/** What a synthetic camera sends on one track. Codec packages have theirs at `./testing`; `testPictures` and `testSound` are of no real codec. */
export interface TestMaterial {
  /** Makes the frames, as an input does. */
  readonly codec: CodecDescriptor;
  /** Ticks per second. */
  readonly clockRate: number;
  /** Ticks from one access unit to the next. */
  readonly ticks: number;
  /** Access units from one key frame to the next; 1 for sound. */
  readonly gop: number;
  /** What a decoder must know first, in the codec package's shape. Another `variant` (a whole number) has other parameters. */
  parameters(variant: number): unknown;
  /** Access unit number `index`: no two are the same. `padBytes` makes it so much larger. */
  units(index: number, variant: number, padBytes: number): readonly Buffer[];
  /** The part of an access unit that every container leaves as it is; what may be moved or added (parameter sets, delimiters) is left out. */
  essence(units: readonly Buffer[]): Buffer;
}

/** Each unit begins with its kind and number. */
const NAME_BYTES = 12;
const KEY = 'K';

/** Pictures of a made-up codec, for what looks into none. */
export const testPictures: TestMaterial = madeUp(testVideoTrack(), 3600, 10);

/** Sound of a made-up codec. */
export const testSound: TestMaterial = madeUp(testAudioTrack(), 320, 1);

function madeUp(model: Track, ticks: number, gop: number): TestMaterial {
  const { codec, kind, clockRate } = model;
  return {
    codec: { name: codec, kind, createBuilder: (options) => new MadeUpBuilder(model, options) },
    clockRate,
    ticks,
    gop,
    parameters: (variant) => ({ variant }),
    units(index, variant, padBytes) {
      const unit = Buffer.alloc(NAME_BYTES + padBytes, variant);
      unit.write(`${index % gop === 0 ? KEY : 'P'}${index}`.padEnd(NAME_BYTES), 'latin1');
      return [unit];
    },
    essence: (units) => Buffer.concat(units),
  };
}

class MadeUpBuilder implements FrameBuilder {
  track: Track;

  constructor(model: Track, { trackId, clockRate, parameters }: FrameBuilderOptions) {
    this.track = { ...model, id: trackId, clockRate, parameters };
  }
  setParameters(parameters: unknown): void {
    this.track = { ...this.track, parameters, epoch: this.track.epoch + 1 };
  }
  build(units: readonly Buffer[], dts: number, pts: number) {
    return createFrame(this.track, dts, pts, units[0]?.[0] === KEY.charCodeAt(0), units);
  }
}
