#!/usr/bin/env node
import { setSourceMapsEnabled } from 'node:process';

setSourceMapsEnabled(true);
const { startPreset } = await import('@sluice/core/cli');
const { default: preset } = await import('../dist/index.js');
await startPreset(preset);
