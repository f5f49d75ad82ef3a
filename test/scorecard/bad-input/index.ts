import type { ScorecardTest } from '../types.js';
import { b2 } from './b2-amf0.js';

/** Group B. */
export const badInput: readonly ScorecardTest[] = [b2];
