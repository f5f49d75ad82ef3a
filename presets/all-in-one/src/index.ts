import { definePreset } from '@sluice/core';
import synthetic from '@sluice/plugin-synthetic';
import gateway from '@sluice/preset-gateway';
import server from '@sluice/preset-server';

/** Gateway and server in one process. */
export default definePreset({
  name: 'all-in-one',
  plugins: [gateway, server, synthetic],
});
