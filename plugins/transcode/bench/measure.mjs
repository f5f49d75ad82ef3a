// What transcoding costs: `node plugins/transcode/bench/measure.mjs [STREAMS] [SECONDS]` after `npm run build`.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { createEngine, createFrame } from '@sluice/core';
import { flvForm } from '@sluice/plugin-format-flv';
import transcode from '@sluice/plugin-transcode';

const streams = Number(process.argv[2] ?? 50);
const seconds = Number(process.argv[3] ?? 20);
const UNIT_MS = 40;
const WARM_UP_SECONDS = 5;
const track = { id: 1, kind: 'audio', codec: 'g711a', clockRate: 1000, epoch: 0, parameters: undefined, info: { sampleRate: 8000, channels: 1 } };
/** Something like a voice, over and over: overtones of 150 Hz that swell and fade, and a little noise. */
const PERIOD_UNITS = 50;
const units = Array.from({ length: PERIOD_UNITS }, (_, index) => Buffer.from(Array.from({ length: 320 }, (_, i) => codeOf(voice((index * 320 + i) / 8000)))));

function voice(at) {
  let sum = (Math.random() - 0.5) / 100;
  for (let overtone = 1; overtone <= 12; overtone++) sum += Math.sin(2 * Math.PI * 150 * overtone * at) / (4 * overtone);
  return sum * Math.sin(Math.PI * at * 2) ** 2;
}

/** A-law (ITU-T G.711). */
function codeOf(value) {
  const size = Math.min(4095, Math.floor(Math.abs(value) * 4096));
  const segment = size < 32 ? 0 : Math.floor(Math.log2(size)) - 4;
  const step = (size >> Math.max(1, segment)) & 15;
  return ((value >= 0 ? 0x80 : 0) | (segment << 4) | step) ^ 0x55;
}

const data = mkdtempSync(join(tmpdir(), 'sluice-measure-'));
const engine = await createEngine({ plugins: [transcode], config: { engine: { data }, transcode: { audio: { maxTracks: Math.max(1, streams) } } } });
await engine.start();
const publishers = [];
let bytesOut = 0;
const write = (bytes) => {
  bytesOut += bytes.length;
  return true;
};
for (let i = 0; i < streams; i++) {
  const publisher = await engine.publish(`live/${i}`, { tracks: [track] });
  const sink = { queued: 0, write, end: () => {} };
  const viewing = engine.streams.view(`live/${i}`, { protocol: 'measure', trusted: true, form: flvForm, sink });
  publishers.push(publisher);
  // Without a picture a stream is shown after a wait; the frames go on.
  viewing.catch((error) => console.error(error));
}
let ticks = 0;
const startedAt = performance.now();
const timer = setInterval(() => {
  while (ticks * UNIT_MS < performance.now() - startedAt) {
    for (const publisher of publishers) publisher.write(createFrame(track, ticks * UNIT_MS, ticks * UNIT_MS, true, [units[ticks % PERIOD_UNITS]]));
    ticks++;
  }
}, 5);
await sleep(WARM_UP_SECONDS * 1000);
const lag = monitorEventLoopDelay({ resolution: 1 });
lag.enable();
const before = { cpu: process.cpuUsage(), loop: performance.eventLoopUtilization(), bytes: bytesOut, ticks };
await sleep(seconds * 1000);
const cpu = process.cpuUsage(before.cpu);
const loop = performance.eventLoopUtilization(before.loop);
lag.disable();
clearInterval(timer);
const elapsedSeconds = ((ticks - before.ticks) * UNIT_MS) / 1000;
const percent = ((cpu.user + cpu.system) / 1e6 / elapsedSeconds) * 100;
console.log(`${streams} streams, G.711A 8 kHz to AAC 11025 Hz mono, ${elapsedSeconds} s`);
console.log(
  `CPU of the process: ${percent.toFixed(1)} % of a core, ${(percent / streams).toFixed(2)} % per stream; event loop busy ${(loop.utilization * 100).toFixed(1)} %`,
);
console.log(
  `event loop lag: mean ${(lag.mean / 1e6 - 1).toFixed(1)} ms, 99 % ${(lag.percentile(99) / 1e6 - 1).toFixed(1)} ms, longest ${(lag.max / 1e6 - 1).toFixed(1)} ms`,
);
console.log(
  `memory: ${(process.memoryUsage.rss() / 1e6).toFixed(0)} MB rss; ${((bytesOut - before.bytes) / elapsedSeconds / streams / 125).toFixed(1)} kbit/s of FLV per stream`,
);
await engine.stop();
rmSync(data, { recursive: true });
