import type { Buffer } from 'node:buffer';
import { type CodecDescriptor, createFrame, type Frame, type FrameBuilder, type FrameBuilderOptions, type Track } from '@sluice/core';
import { codecError } from './errors.js';
import { type JpegHeader, parseJpeg } from './jpeg.js';

/** Name of the codec: the `codec` of its tracks. */
export const CODEC = 'jpeg';

/** Far above what cameras send. */
const MAX_PICTURE_BYTES = 16 * 1024 * 1024;

/** The codec, for inputs and formats. */
export const descriptor: CodecDescriptor = { name: CODEC, kind: 'video', createBuilder: (options) => new JpegBuilder(options) };

/** Makes frames. Every picture stands alone, so each is a key frame, and a decoder needs to know nothing first. */
class JpegBuilder implements FrameBuilder {
  readonly #options: FrameBuilderOptions;
  #track: Track | undefined;

  constructor(options: FrameBuilderOptions) {
    this.#options = options;
  }

  get track(): Track | undefined {
    return this.#track;
  }

  setParameters(): void {}

  build(units: readonly Buffer[], dts: number, pts: number, wallClockMs?: number): Frame | undefined {
    const [picture] = units;
    if (picture === undefined || picture.length === 0) return undefined;
    if (picture.length > MAX_PICTURE_BYTES) throw codecError('tooLarge', `a picture of ${picture.length} bytes`);
    return createFrame(this.#trackOf(parseJpeg(picture)), dts, pts, true, [picture], wallClockMs);
  }

  /** The track is replaced where the size changes: who plays it is told by the epoch. */
  #trackOf({ width, height }: JpegHeader): Track {
    const known = this.#track;
    if (known !== undefined && known.info.width === width && known.info.height === height) return known;
    const { trackId, clockRate } = this.#options;
    const epoch = known === undefined ? 0 : known.epoch + 1;
    this.#track = { id: trackId, kind: 'video', codec: CODEC, clockRate, epoch, parameters: undefined, info: { width, height } };
    return this.#track;
  }
}
