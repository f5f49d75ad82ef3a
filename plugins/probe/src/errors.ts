import { SluiceError } from '@sluice/core';

/** Codes of this plugin's errors. */
export type ProbeErrorCode =
  | 'ERR_CONFIG_ARGUMENT' // the command line
  | 'ERR_PROBE_URL' // no client for the URL's scheme
  | 'ERR_PROBE_NOTHING'; // no media that is understood came

/** Makes an error of this plugin. */
export function probeError(code: ProbeErrorCode, message: string, cause?: unknown): SluiceError {
  return new SluiceError(code, message, { plugin: 'probe', status: code === 'ERR_PROBE_NOTHING' ? 502 : 400, ...(cause === undefined ? {} : { cause }) });
}
