import { type ServiceToken, service } from '@sluice/core';

/** Pixels wanted; one of them alone keeps the picture's shape, none keeps its size. */
export interface SnapshotSize {
  readonly width?: number;
  readonly height?: number;
}

/** Makes pictures of streams. */
export interface SnapshotService {
  /**
   * The newest key frame of a stream as a JPEG; made once per key frame and size. Brings no stream that is not there.
   * Rejects with `ERR_STREAM_NOT_FOUND` (404), `ERR_SNAPSHOT_NO_VIDEO` (404), `ERR_SNAPSHOT_NO_KEY_FRAME` (503), `ERR_SNAPSHOT_CODEC` and
   * `ERR_SNAPSHOT_NO_DECODER` (501), `ERR_SNAPSHOT_FAILED` (500), `ERR_SNAPSHOT_TIMEOUT` (504) or `ERR_SNAPSHOT_BUSY` (503).
   */
  take(path: string, size?: SnapshotSize): Promise<Buffer>;
}

/** Token of the service. */
export const snapshotService: ServiceToken<SnapshotService> = service<SnapshotService>('snapshot', () => import('@sluice/plugin-snapshot'));
