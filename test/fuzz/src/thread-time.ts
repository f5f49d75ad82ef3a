import { existsSync, readFileSync } from 'node:fs';

// Linux: nanoseconds on a processor, nanoseconds of waiting for one, turns.
const FILE = '/proc/thread-self/schedstat';
const isThere = existsSync(FILE);

/** Time that this thread spent on a processor, in milliseconds; the time on the clock where the system does not say. */
export function threadMs(): number {
  return isThere ? Number(readFileSync(FILE, 'latin1').split(' ', 1)[0]) / 1e6 : performance.now();
}
