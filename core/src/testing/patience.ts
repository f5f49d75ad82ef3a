import { setTimeout as sleep } from 'node:timers/promises';
import { SluiceError } from '../error.js';

/** How long a test waits for what must come: long enough for a busy machine. */
export const PATIENCE_MS = 20_000;

const LOOK_EVERY_MS = 5;

/** Waits until `look` finds something. Rejects with `ERR_TEST_TIMEOUT`, naming `what`, after 20 s. */
export async function eventually<T>(what: string, look: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
  const endMs = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > endMs) throw new SluiceError('ERR_TEST_TIMEOUT', `waited ${PATIENCE_MS / 1000} s for ${what}`);
    await sleep(LOOK_EVERY_MS);
  }
}

/** Rejects with `ERR_TEST_TIMEOUT` where `work` takes longer than 20 s. */
export async function inTime<T>(what: string, work: Promise<T>): Promise<T> {
  const waiting = new AbortController();
  const late = async (): Promise<never> => {
    await sleep(PATIENCE_MS, undefined, { signal: waiting.signal });
    throw new SluiceError('ERR_TEST_TIMEOUT', `waited ${PATIENCE_MS / 1000} s for ${what}`);
  };
  try {
    return await Promise.race([work, late()]);
  } finally {
    waiting.abort();
  }
}
