import { SluiceError } from '@sluice/core';

/** Error codes of this plugin. */
export type CameraErrorCode = 'ERR_CAMERA_FILE' | 'ERR_CAMERA_MEDIA' | 'ERR_CAMERA_ADDRESS';

/** An error of this plugin. */
export function cameraError(code: CameraErrorCode, message: string, cause?: unknown): SluiceError {
  return new SluiceError(code, message, { plugin: 'camera', ...(cause === undefined ? {} : { cause }) });
}
