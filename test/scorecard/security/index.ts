import type { ScorecardTest } from '../types.js';

/** Group S. */
export const security: readonly ScorecardTest[] = [];
