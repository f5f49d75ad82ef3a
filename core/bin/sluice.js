#!/usr/bin/env -S node --max-semi-space-size=4
import { setSourceMapsEnabled } from 'node:process';
import { endOnSignals } from '../dist/cli/signals.js';

endOnSignals();
setSourceMapsEnabled(true);
const { main } = await import('../dist/cli/index.js');
await main();
