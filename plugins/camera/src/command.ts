import { defineCommand } from '@sluice/core';

/** `sluice camera`: simulated GB28181 cameras until a signal ends them. */
export default defineCommand({
  describe: 'Simulated GB28181 cameras that play a file, or a test card, to a platform',
  builder: {
    server: { type: 'string', required: true, describe: 'The platform: HOST[:PORT], port 5060' },
    'server-id': { type: 'string', default: '34020000002000000001', describe: 'Id of the platform' },
    domain: { type: 'string', default: '3402000000', describe: 'SIP domain of the platform' },
    id: { type: 'string', default: '34020000001320000001', describe: 'Id of the first camera; the others count up' },
    password: { type: 'string', default: '', describe: 'Password of every camera' },
    file: { type: 'string', describe: 'MP4, MOV or FLV, played in a loop; without it a test card with a beep' },
    count: { type: 'number', default: 1, describe: 'How many cameras' },
    channels: { type: 'number', default: 1, describe: 'Channels of each' },
    transport: { type: 'string', choices: ['udp', 'tcp'], default: 'udp', describe: 'How SIP is spoken' },
    port: { type: 'number', default: 0, describe: 'Local SIP port; 0: any' },
    expires: { type: 'number', default: 3600, describe: 'Seconds of a registration' },
    keepalive: { type: 'number', default: 60, describe: 'Seconds between keepalives' },
    'log-level': { type: 'string', choices: ['debug', 'info', 'warn', 'error'], default: 'info', describe: 'What is told' },
  },
  async run(args, { signal }) {
    // Loaded late: --help needs none of it.
    const { runCameras } = await import('./net/run.js');
    const { expires, keepalive, file, transport, 'server-id': serverId, 'log-level': level, ...same } = args;
    const camera = { ...same, serverId, transport, expiresSeconds: expires, keepaliveSeconds: keepalive, ...(file === undefined ? {} : { file }) };
    return runCameras(camera, level, signal);
  },
});
