import { SluiceError } from '@sluice/core';

/** Codes of this plugin's errors. */
export type SnapshotErrorCode =
  /** No such stream (404). */
  | 'ERR_STREAM_NOT_FOUND'
  /** The stream has no video (404). */
  | 'ERR_SNAPSHOT_NO_VIDEO'
  /** No key frame yet (503). */
  | 'ERR_SNAPSHOT_NO_KEY_FRAME'
  /** Pictures of this codec cannot be decoded here (501). */
  | 'ERR_SNAPSHOT_CODEC'
  /** No decoder is installed (501). */
  | 'ERR_SNAPSHOT_NO_DECODER'
  /** The decoder could not read the picture (500), or took too long (504). */
  | 'ERR_SNAPSHOT_FAILED'
  | 'ERR_SNAPSHOT_TIMEOUT'
  /** Too many pictures wait already (503). */
  | 'ERR_SNAPSHOT_BUSY';

/** Makes an error of this plugin. */
export function snapshotError(code: SnapshotErrorCode, status: number, message: string): SluiceError {
  return new SluiceError(code, message, { plugin: 'snapshot', status });
}
