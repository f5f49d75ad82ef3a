import { setTimeout as sleep } from 'node:timers/promises';
import { throwUdp } from '../e2e/support/corpus.js';
import { handshake, publishing } from '../e2e/support/rtmp-bytes.js';
import { rtspBytes } from '../e2e/support/rtsp-bytes.js';
import type { Fresh } from './types.js';

const ROUNDS = 300;
const QUIET_MS = 3000;

/**
 * Uses every protocol for a while, so that code is compiled and pools have their size before memory is measured for the first time.
 * Addresses of their own: nothing of it counts against those that tests come from.
 */
export async function warmUp(server: Fresh): Promise<void> {
  const register = `REGISTER sip:34020000002000000001@3402000000 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK1\r\nFrom: <sip:1@a>;tag=1\r\nTo: <sip:1@a>\r\nCall-ID: w\r\nCSeq: 1 REGISTER\r\nContent-Length: 0\r\n\r\n`;
  for (let round = 0; round < ROUNDS; round++) {
    const rtmp = server.tcp(server.ports.rtmp, { from: '127.0.0.8' });
    await rtmp.send(Buffer.concat([handshake, publishing('warm', `w${round}`)]));
    const rtsp = rtspBytes(server.ports.rtsp);
    await rtsp.ask('DESCRIBE', server.url('rtsp', 'live/reference'));
    await throwUdp(server.ports.sip, [Buffer.from(register)]);
    await throwUdp(server.ports.rtp, [Buffer.alloc(200, 0x80)]);
    await server
      .http('/api/v1/pulls', { method: 'POST', body: 'x'.repeat(1000), headers: { 'content-type': 'application/json' } })
      .then((answer) => answer.text());
    rtsp.close();
    rtmp.close();
  }
  await sleep(QUIET_MS);
}
