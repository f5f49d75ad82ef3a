/** Whether a WebAssembly module broke: nothing it says can be relied on any more. */
export function isTrap(error: unknown): boolean {
  return error instanceof Error && error.name === 'RuntimeError';
}

/** Decoded sound. */
export interface Pcm {
  /** Samples of -1 to 1 by channel. */
  readonly channels: readonly Float32Array[];
  /** Hz. */
  readonly sampleRate: number;
  /** Samples by which the decoder is late: the first one belongs so long before the unit's time. */
  readonly delay: number;
}

/** Decodes one codec, unit by unit. */
export interface PcmDecoder {
  /** Its sources send nothing in silence, so that a hole in their times is one. */
  readonly pauses?: boolean;
  /** `undefined` where the unit gives no sound. Throws where it cannot be read. */
  decode(unit: Uint8Array): Pcm | undefined;
  close(): void;
}

/** Encodes sound of one format, frame by frame. */
export interface FrameEncoder {
  /** Samples per channel that a frame has. */
  readonly frameSamples: number;
  /** Samples by which it is late: what a decoder makes of the first frame has so many before the frame's own. Left out: none. */
  readonly delay?: number;
  /** Takes one frame, samples interleaved; answers what came out: each unit with the number (from 0) of the frame it begins with; -1 is what goes before the first one. */
  encode(samples: Float32Array): readonly EncodedUnit[];
  close(): void;
}

/** One coded unit. */
export interface EncodedUnit {
  readonly frame: number;
  readonly bytes: Uint8Array;
}
