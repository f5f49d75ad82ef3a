import { defineCommand } from '@sluice/core';

/** `sluice replay FILE`: sends an RTP dump again. */
export default defineCommand({
  describe: 'Sends a recorded RTP dump again at its pace',
  positionals: ['file'],
  builder: {
    file: { type: 'string', required: true, describe: 'RTP dump, as rtp-ps.record and rtpdump write it' },
    to: { type: 'string', required: true, describe: 'HOST:PORT' },
    tcp: { type: 'boolean', default: false, describe: 'Over TCP, each packet after its length (RFC 4571), instead of UDP' },
    speed: { type: 'number', default: 1, describe: '2: twice as fast' },
    ssrc: { type: 'string', describe: 'SSRC to write into every packet, decimal: that of the channel that waits' },
  },
  async run(args, { signal, print }) {
    // Loaded late: --help needs none of it.
    const { runReplay } = await import('./net/run.js');
    return runReplay(args, signal, print);
  },
});
