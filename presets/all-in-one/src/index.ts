import { definePreset, type Preset } from '@sluice/core';
import synthetic from '@sluice/plugin-synthetic';
import gateway from '@sluice/preset-gateway';
import server from '@sluice/preset-server';

/** Gateway and server in one process. */
const preset: Preset = definePreset({
  name: 'all-in-one',
  plugins: [gateway, server, synthetic],
});

export default preset;
