import type { ScorecardTest } from '../types.js';
import { paths } from './s01-paths.js';

/** Group S. */
export const security: readonly ScorecardTest[] = [paths];
