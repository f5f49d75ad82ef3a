import { SluiceError } from '@sluice/core';

/** `ERR_UNAUTHORIZED` (401): no key, or one nobody gave out. */
export function unauthorized(): SluiceError {
  return new SluiceError('ERR_UNAUTHORIZED', 'a valid key is needed: Authorization: Bearer KEY', { plugin: 'api', status: 401 });
}

/** `ERR_FORBIDDEN` (403): the key's role may not do this. */
export function forbidden(role: string): SluiceError {
  return new SluiceError('ERR_FORBIDDEN', `the role ${role} may not do this`, { plugin: 'api', status: 403 });
}

/** `ERR_STREAM_NOT_FOUND` (404). */
export function streamNotFound(path: string): SluiceError {
  return new SluiceError('ERR_STREAM_NOT_FOUND', `no stream '${path}'`, { plugin: 'api', status: 404 });
}

/** `ERR_SESSION_NOT_FOUND` (404). */
export function sessionNotFound(id: string): SluiceError {
  return new SluiceError('ERR_SESSION_NOT_FOUND', `no session '${id}'`, { plugin: 'api', status: 404 });
}

/** `ERR_NOT_AVAILABLE` (404): the plugin that would answer is not loaded. */
export function notAvailable(plugin: string): SluiceError {
  return new SluiceError('ERR_NOT_AVAILABLE', `plugin '${plugin}' is not loaded`, { plugin: 'api', status: 404 });
}
