#!/usr/bin/env -S node --max-semi-space-size=4
import { setSourceMapsEnabled } from 'node:process';
import { endOnSignals } from '@sluice/core/cli/signals';

endOnSignals();
setSourceMapsEnabled(true);
const { startPreset } = await import('@sluice/core/cli');
const { default: preset } = await import('../dist/index.js');
await startPreset(preset);
