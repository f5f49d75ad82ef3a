/** How a source's sound is coded; `sampleRate` is how fast the samples really run, in Hz. */
export type SourceFormat =
  | { readonly codec: 'g711a' | 'g711u' | 'opus'; readonly sampleRate: number; readonly channels: number }
  | {
      readonly codec: 'aac';
      readonly sampleRate: number;
      /** AudioSpecificConfig. */
      readonly config: Uint8Array;
      /** Hz that the config says of the core coder. */
      readonly codedSampleRate: number;
    };

/** What is made of it. */
export interface TargetFormat {
  readonly codec: 'aac' | 'opus';
  readonly sampleRate: number;
  readonly channels: number;
  /** Bit/s of all channels together. */
  readonly bitrate: number;
}

/** One order to the worker. Bytes are in the batch's `bytes`. */
export type Order =
  | { readonly kind: 'open'; readonly id: number; readonly target: TargetFormat }
  | { readonly kind: 'source'; readonly id: number; readonly source: SourceFormat }
  | { readonly kind: 'unit'; readonly id: number; readonly seconds: number; readonly length: number }
  | { readonly kind: 'close'; readonly id: number };

/** Orders of one turn of the event loop, in one message. The bytes of their units follow one another. */
export interface OrderBatch {
  readonly orders: readonly Order[];
  readonly bytes: Uint8Array;
}

/** One thing that came of it. `ticks` are samples of the target's rate. */
export type Result =
  | { readonly kind: 'unit'; readonly id: number; readonly ticks: number; readonly length: number }
  /** So many units were taken in. */
  | { readonly kind: 'taken'; readonly id: number; readonly units: number; readonly bytes: number }
  /** A unit could not be decoded. */
  | { readonly kind: 'damaged'; readonly id: number }
  /** Nothing more will come of this one. */
  | { readonly kind: 'failed'; readonly id: number; readonly message: string };

/** Results of one batch of orders. */
export interface ResultBatch {
  readonly results: readonly Result[];
  readonly bytes: Uint8Array;
}
