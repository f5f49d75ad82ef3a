import { SluiceError } from '@sluice/core';

/** Error codes of this plugin. */
export type ReplayErrorCode = 'ERR_REPLAY_FILE' | 'ERR_REPLAY_ADDRESS' | 'ERR_CONFIG_ARGUMENT' | 'ERR_REPLAY_SENT';

/** An error of this plugin. */
export function replayError(code: ReplayErrorCode, message: string, cause?: unknown): SluiceError {
  return new SluiceError(code, message, { plugin: 'replay', ...(cause === undefined ? {} : { cause }) });
}
