import type { ScorecardTest } from '../types.js';
import { b1 } from './b1-corpus.js';
import { b2 } from './b2-amf0.js';
import { b3 } from './b3-chunk-streams.js';
import { b4 } from './b4-rtmp-control.js';
import { b5 } from './b5-heads.js';
import { b6 } from './b6-order.js';
import { b7 } from './b7-silence.js';
import { b8 } from './b8-json-ws.js';
import { b9 } from './b9-mutants.js';
import { b10 } from './b10-bit-errors.js';

/** Group B. */
export const badInput: readonly ScorecardTest[] = [b1, b2, b3, b4, b5, b6, b7, b8, b9, b10];
