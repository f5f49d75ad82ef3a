import { SluiceError } from '@sluice/core';

/** Codes of this package's errors. */
export type Mp4ErrorCode =
  /** No MP4 file, or one without a movie box. */
  | 'ERR_MP4_SIGNATURE'
  /** A box is cut, or says what cannot be. */
  | 'ERR_MP4_BOX'
  /** A limit: movie box, tracks, samples, bytes of a sample. */
  | 'ERR_MP4_TOO_LARGE'
  /** No track that can be read. */
  | 'ERR_MP4_EMPTY'
  /** The file is made of fragments (`moof`). */
  | 'ERR_MP4_FRAGMENTED'
  /** A track that fragments cannot carry. */
  | 'ERR_MP4_CODEC'
  /** The file ends before its samples do. */
  | 'ERR_MP4_TRUNCATED';

/** Makes an error of this package; the file cannot be read on. */
export function mp4Error(code: Mp4ErrorCode, message: string, cause?: unknown): SluiceError {
  return new SluiceError(code, message, { fatal: true, ...(cause === undefined ? {} : { cause }) });
}
