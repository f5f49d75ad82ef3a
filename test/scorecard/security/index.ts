import type { ScorecardTest } from '../types.js';
import { paths } from './s01-paths.js';
import { shell } from './s02-shell.js';
import { targets } from './s03-ssrf.js';

/** Group S. */
export const security: readonly ScorecardTest[] = [paths, shell, targets];
