import type { Buffer } from 'node:buffer';
import type { Track } from '@sluice/core';
import type { FlvBodyWriter } from './body-writer.js';

/** The metadata of one stream as it was written last: mostly all who join are told the same. */
export class KeptMetadata {
  readonly #writer: FlvBodyWriter;
  #tracks: readonly Track[] | undefined;
  #body: Buffer | undefined;

  constructor(writer: FlvBodyWriter) {
    this.#writer = writer;
  }

  /** The body of the `onMetaData` script tag for these tracks. Not to be written to. */
  of(tracks: readonly Track[]): Buffer {
    if (this.#body === undefined || !this.#isOf(tracks)) {
      this.#body = this.#writer.metadata(tracks);
      this.#tracks = [...tracks];
    }
    return this.#body;
  }

  #isOf(tracks: readonly Track[]): boolean {
    return this.#tracks?.length === tracks.length && this.#tracks.every((track, index) => track === tracks[index]);
  }
}
