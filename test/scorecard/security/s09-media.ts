import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { frameRfc4571, type PsCamera, startPsCamera } from './support/ps-camera.js';
import type { Fresh, ScorecardTest } from '../types.js';
import { becomes, check, pause } from './support/check.js';

export const unused = { readFileSync };
