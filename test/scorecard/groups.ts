import { badInput } from './bad-input/index.js';
import { security } from './security/index.js';
import type { ScorecardTest } from './types.js';

/** All rows, in the order they run. */
export const rows: readonly ScorecardTest[] = [...badInput, ...security];
