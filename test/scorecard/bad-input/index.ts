import type { ScorecardTest } from '../types.js';
import { b2 } from './b2-amf0.js';
import { b3 } from './b3-chunk-streams.js';
import { b4 } from './b4-rtmp-control.js';
import { b5 } from './b5-heads.js';
import { b6 } from './b6-order.js';
import { b7 } from './b7-silence.js';
import { b8 } from './b8-json-ws.js';

/** Group B. */
export const badInput: readonly ScorecardTest[] = [b2, b3, b4, b5, b6, b7, b8];
