// An engine inside a program of one's own: no file, no environment, no signals; free ports.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine } from '@sluice/core';
import httpFlv from '@sluice/plugin-http-flv';
import rtmp from '@sluice/plugin-rtmp';
import synthetic from '@sluice/plugin-synthetic';

const FRAMES = 50;
const data = await mkdtemp(join(tmpdir(), 'sluice-embed-'));

const engine = await createEngine({
  plugins: [rtmp, httpFlv, synthetic],
  config: {
    engine: { data, host: '127.0.0.1', log: { level: 'warn' } },
    rtmp: { port: 0 },
    http: { port: 0 },
    synthetic: { streams: [{ path: 'live/demo' }] },
  },
});
await engine.start();
for (const { name, host, port } of engine.addresses) console.log(`listening: ${name} on ${host}:${port}`);

let frames = 0;
let keyFrames = 0;
for await (const frame of await engine.subscribe('live/demo')) {
  frames++;
  if (frame.key && frame.track.kind === 'video') keyFrames++;
  if (frames === FRAMES) break; // closes the subscription
}
console.log(`received ${frames} frames, ${keyFrames} of them key frames`);

await engine.stop();
await rm(data, { recursive: true, force: true });
