#!/usr/bin/env -S node --max-semi-space-size=4 --no-flush-bytecode
import { endOnSignals } from '../dist/cli/signals.js';

endOnSignals();
const { main } = await import('../dist/cli/index.js');
await main();
