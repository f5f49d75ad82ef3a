#!/usr/bin/env node
// `npm create sluice-plugin NAME` is `sluice create-plugin NAME` where nothing is installed yet.
import { main } from '@sluice/core/cli';

await main(['create-plugin', ...process.argv.slice(2)]);
