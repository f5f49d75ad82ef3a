import { SluiceError } from '../error.js';
import type { Frame } from '../media/frame.js';
import type { FrameBuilder } from '../media/frame-builder.js';
import type { Track, TrackKind } from '../media/track.js';
import type { TestMaterial } from './test-material.js';

/** How a camera begins. */
export interface TestCameraOptions {
  /** One per track, pictures first. */
  readonly materials: readonly TestMaterial[];
  /** Time of the first frame, in milliseconds. Default 0. */
  readonly startMs?: number;
}

/** A frame that a camera sent. */
export interface SentFrame {
  readonly frame: Frame;
  /** `essence` of its material. */
  readonly essence: Buffer;
}

interface Lens {
  readonly material: TestMaterial;
  readonly builder: FrameBuilder;
  readonly startTicks: number;
  index: number;
}

/**
 * A camera without a clock: each `next` is the next frame of its tracks in the order of their times. It is nothing but bytes, so a test can send
 * an hour in a moment.
 */
export class TestCamera {
  readonly #lenses: Lens[] = [];
  #variant = 0;
  #nextVariant = 0;
  /** All that was sent, in order. */
  readonly sent: SentFrame[] = [];

  constructor({ materials, startMs = 0 }: TestCameraOptions) {
    for (const material of materials) this.#add(material, startMs);
  }

  /** The tracks as they are now. */
  get tracks(): readonly Track[] {
    return this.#lenses.flatMap(({ builder }) => (builder.track === undefined ? [] : [builder.track]));
  }

  /** What was sent of one kind, in order. */
  sentOf(kind: TrackKind): readonly SentFrame[] {
    return this.sent.filter(({ frame }) => frame.track.kind === kind);
  }

  /** The material of one kind. */
  materialOf(kind: TrackKind): TestMaterial | undefined {
    return this.#lenses.find(({ material }) => material.codec.kind === kind)?.material;
  }

  /** Adds a track that begins now, as a microphone that is switched on. Answers the track. */
  add(material: TestMaterial): Track {
    const now = Math.min(...this.#lenses.map((lens) => timeMs(lens)));
    const { track } = this.#add(material, Number.isFinite(now) ? now : 0).builder;
    if (track === undefined) throw new SluiceError('ERR_TEST_MATERIAL', `the parameters of ${material.codec.name} make no track`);
    return track;
  }

  /** From the next key frame on all tracks have other parameters. */
  changeParameters(): void {
    this.#nextVariant++;
  }

  /** The next frame. `padBytes` makes it larger. */
  next(padBytes = 0): Frame {
    const lens = this.#lenses.reduce((first, other) => (timeMs(other) < timeMs(first) ? other : first));
    const { material, builder } = lens;
    const index = lens.index++;
    if (lens === this.#lenses[0] && index % material.gop === 0) this.#turnTo(this.#nextVariant);
    const units = material.units(index, this.#variant, padBytes);
    const time = lens.startTicks + index * material.ticks;
    const frame = builder.build(units, time, time);
    if (frame === undefined) throw new SluiceError('ERR_TEST_MATERIAL', `access unit ${index} of ${material.codec.name} makes no frame`);
    this.sent.push({ frame, essence: material.essence(units) });
    return frame;
  }

  #turnTo(variant: number): void {
    if (variant === this.#variant) return;
    this.#variant = variant;
    for (const { material, builder } of this.#lenses) builder.setParameters(material.parameters(variant));
  }

  #add(material: TestMaterial, startMs: number): Lens {
    const { codec, clockRate } = material;
    const builder = codec.createBuilder({ trackId: codec.kind === 'video' ? 0 : 1, clockRate, parameters: material.parameters(this.#variant) });
    const lens = { material, builder, startTicks: Math.round((startMs * clockRate) / 1000), index: 0 };
    this.#lenses.push(lens);
    return lens;
  }
}

function timeMs({ material, startTicks, index }: Lens): number {
  return ((startTicks + index * material.ticks) * 1000) / material.clockRate;
}
