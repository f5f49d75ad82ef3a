import type { Target } from '../target.js';
import { authTargets } from './auth.js';
import { codecTargets } from './codecs.js';
import { coreTargets } from './core.js';
import { flvTargets } from './flv.js';
import { gb28181Targets } from './gb28181.js';
import { httpTargets } from './http.js';
import { mp4Targets } from './mp4.js';
import { mpegTargets } from './mpeg.js';
import { rtmpTargets } from './rtmp.js';
import { rtpTargets } from './rtp.js';
import { rtspTargets } from './rtsp.js';
import { sipTargets } from './sip.js';
import { textTargets } from './text.js';
import { timestampTargets } from './timestamps.js';

/** Every target, by family. A parser that is not here is not fuzzed. */
export const targets: readonly Target[] = [
  ...rtmpTargets,
  ...flvTargets,
  ...rtspTargets,
  ...rtpTargets,
  ...mpegTargets,
  ...mp4Targets,
  ...codecTargets,
  ...textTargets,
  ...sipTargets,
  ...gb28181Targets,
  ...httpTargets,
  ...authTargets,
  ...coreTargets,
  ...timestampTargets,
];
