import { defineCommand } from '@sluice/core';

/** `sluice probe URL`: what a stream contains. */
export default defineCommand({
  describe: 'Shows what a stream contains: codecs, sizes, rates, key frames, odd timestamps',
  positionals: ['url'],
  builder: {
    url: { type: 'string', required: true, describe: 'rtmp[s]://, rtsp[s]:// or http[s]:// (FLV), with user and password where they are needed' },
    seconds: { type: 'number', default: 5, describe: 'How long media is read' },
    timeout: { type: 'number', default: 10, describe: 'Longest wait for the first media, in seconds' },
    transport: { type: 'string', choices: ['auto', 'tcp', 'udp'], default: 'auto', describe: 'How media travels, where the protocol has a choice' },
    json: { type: 'boolean', default: false, describe: 'As JSON' },
  },
  async run(args, { signal, print }) {
    // Loaded late: --help needs none of it.
    const { runProbe } = await import('./net/run.js');
    return runProbe(args, signal, print);
  },
});
