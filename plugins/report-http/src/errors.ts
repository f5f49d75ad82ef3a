import { SluiceError } from '@sluice/core';

/** No dead letter has this id. */
export function deadLetterUnknown(id: string): SluiceError {
  return new SluiceError('ERR_DEAD_LETTER_UNKNOWN', `no dead letter ${id}`, { plugin: 'report-http', status: 404 });
}

/** The receiver of a dead letter is not configured any more. */
export function hookUnknown(): SluiceError {
  return new SluiceError('ERR_HOOK_UNKNOWN', 'the receiver of this event is not configured any more', { plugin: 'report-http', status: 409 });
}
