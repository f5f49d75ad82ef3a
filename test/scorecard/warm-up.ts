import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { corpusIndex, inParallel, throwUdp } from '../e2e/support/corpus.js';
import { handshake, message, publishing } from '../e2e/support/rtmp-bytes.js';
import { rtspBytes } from '../e2e/support/rtsp-bytes.js';
import { witnessFile } from '../e2e/support/witness.js';
import { captures } from './bad-input/captures.js';
import { throwCapture } from './bad-input/throw.js';
import type { Fresh } from './types.js';

const ROUNDS = 300;
const QUIET_MS = 3000;
const SOUNDS = 50;
const COPIES = 32;
const AT_ONCE = 16;
/** Names, SSRCs and addresses that no row uses. */
const FIRST_COPY = 60_000;
/** An address of its own: nothing of it counts against those that tests come from. */
const FROM = '127.0.0.8';

const REGISTER = [
  'REGISTER sip:34020000002000000001@3402000000 SIP/2.0',
  'Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bK1',
  'From: <sip:1@a>;tag=1',
  'To: <sip:1@a>',
  'Call-ID: w',
  'CSeq: 1 REGISTER',
  'Content-Length: 0',
  '\r\n',
].join('\r\n');

/** A G.711 stream with a viewer who needs AAC: the thread that transcodes is started once and stays. */
async function startTranscoding(server: Fresh): Promise<void> {
  const publisher = server.tcp(server.ports.rtmp, { from: FROM });
  await publisher.send(Buffer.concat([handshake, publishing('warm', 'sound')]));
  const sounds = (count: number, first: number): Buffer =>
    Buffer.concat(Array.from({ length: count }, (_, i) => message(8, Buffer.concat([Buffer.from([0x72]), Buffer.alloc(160, 0xd5)]), 1, (first + i) * 20)));
  await publisher.send(sounds(SOUNDS, 0));
  const viewer = server.tcp(server.ports.http, { from: FROM });
  await viewer.send('GET /warm/sound.flv HTTP/1.1\r\nHost: a\r\n\r\n');
  for (let at = SOUNDS; at < SOUNDS * 4 && viewer.receivedBytes() < 2000; at += 5) {
    await publisher.send(sounds(5, at));
    await sleep(100);
  }
  viewer.close();
  publisher.close();
}

/** Good media of every kind from many at once: the C library's heap grows to what that takes and stays so large, however much of it is free. */
async function sendMedia(server: Fresh): Promise<void> {
  if (!existsSync(corpusIndex) || !existsSync(witnessFile)) return;
  const media = (await captures()).filter(({ to }) => to !== 'sip');
  for (const [at, capture] of media.entries()) {
    const copies = Array.from({ length: COPIES }, (_, copy) => FIRST_COPY + at * COPIES + copy);
    await inParallel(copies, AT_ONCE, (index) => throwCapture(server, capture, index, (parts) => parts));
  }
}

/** Uses every protocol for a while, so that code is compiled and pools have their size before memory is measured for the first time. */
export async function warmUp(server: Fresh): Promise<void> {
  await startTranscoding(server);
  await sendMedia(server);
  for (let round = 0; round < ROUNDS; round++) {
    const rtmp = server.tcp(server.ports.rtmp, { from: FROM });
    await rtmp.send(Buffer.concat([handshake, publishing('warm', `w${round}`)]));
    const rtsp = rtspBytes(server.ports.rtsp);
    await rtsp.ask('DESCRIBE', server.url('rtsp', 'live/reference'));
    await throwUdp(server.ports.sip, [Buffer.from(REGISTER)]);
    await throwUdp(server.ports.rtp, [Buffer.alloc(200, 0x80)]);
    const wrong = await server.http('/api/v1/pulls', { method: 'POST', body: 'x'.repeat(1000), headers: { 'content-type': 'application/json' } });
    await wrong.text();
    rtsp.close();
    rtmp.close();
  }
  // What they left lingers for a while.
  for (let streams = 2; streams > 1; await sleep(500)) {
    const counters = await server.counters();
    streams = ['live', 'lingering', 'waiting'].reduce((sum, state) => sum + (counters.get(`sluice_streams{state="${state}"}`) ?? 0), 0);
  }
  await sleep(QUIET_MS);
}
