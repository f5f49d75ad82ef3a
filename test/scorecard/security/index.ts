import type { ScorecardTest } from '../types.js';
import { paths } from './s01-paths.js';
import { shell } from './s02-shell.js';
import { targets } from './s03-ssrf.js';
import { access } from './s04-access.js';
import { secrets } from './s05-secrets.js';
import { markup } from './s06-markup.js';
import { digests } from './s07-digest.js';
import { bombs } from './s08-amplify.js';
import { forgedMedia } from './s09-media.js';
import { logs } from './s10-logs.js';
import { install } from './s11-install.js';

/** Group S. */
export const security: readonly ScorecardTest[] = [paths, shell, targets, access, secrets, markup, digests, bombs, forgedMedia, logs, install];
