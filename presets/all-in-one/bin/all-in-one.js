#!/usr/bin/env -S node --max-semi-space-size=4 --no-flush-bytecode
import { endOnSignals } from '@sluice/core/cli/signals';

endOnSignals();
const { startPreset } = await import('@sluice/core/cli');
const { default: preset } = await import('../dist/index.js');
await startPreset(preset);
