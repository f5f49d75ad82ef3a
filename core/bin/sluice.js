#!/usr/bin/env node
import { setSourceMapsEnabled } from 'node:process';

setSourceMapsEnabled(true);
const { main } = await import('../dist/cli/index.js');
await main();
