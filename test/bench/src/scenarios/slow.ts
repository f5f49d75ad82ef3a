import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, scaled } from '../bench.js';
import { fanout, lastLine, type PlayAddress } from '../load.js';
import { type Program, TOOLS_CORE } from '../process.js';
import type { RunningServer } from '../servers/server.js';
import { sluice } from '../servers/sluice.js';
import { usage } from '../usage.js';
import { deliveryFigures } from './delivery.js';
import { published, type Scenario } from './scenario.js';

/** A tenth of the source's rate. */
const BYTES_PER_SECOND = 26_000;

/** Longer than a server puts up with a slow viewer. */
const SLOW_SECONDS = 14;
const QUICK_SECONDS = 7;

const SAMPLE_MS = 200;

interface SlowResult {
  readonly count: number;
  readonly open: number;
  readonly bytes: number;
}

/** Largest memory of the server until the body is over, in KB. */
async function peakMemory(server: RunningServer, body: Promise<unknown>): Promise<number> {
  let over = false;
  const end = (): void => {
    over = true;
  };
  void body.then(end, end);
  let peak = 0;
  while (!over) {
    peak = Math.max(peak, usage(server.program.pid).memoryKb);
    await sleep(SAMPLE_MS);
  }
  return peak;
}

function startSlow(bench: Bench, at: PlayAddress, count: number, seconds: number): Program {
  const args = [join(import.meta.dirname, '../slow-reader.js'), at.port, at.path.replace('%d', '0'), count, BYTES_PER_SECOND, seconds];
  return bench.programs.start(process.execPath, args, { core: TOOLS_CORE });
}

/** Viewers that do not keep up, beside others that do. */
export const slowScenario: Scenario = {
  id: 'slow',
  title: '1,000 HTTP-FLV viewers, 50 of them slow',
  about: `50 viewers read ${BYTES_PER_SECOND / 1000} KB/s, a tenth of the rate; the figures are those of the other 950, and the server's largest memory with the slow ones above its largest memory before.`,
  servers: [sluice],
  cpuPer: 'out',
  columns: ['corePct', 'delayP50Ms', 'delayP99Ms', 'memoryMb', 'slowMbEach', 'slowAlive', 'stalls', 'gaps', 'underDelivered', 'errors'],
  measure: (bench, server) => {
    const at = server.play?.['http-flv'];
    if (at === undefined) throw new Error('HTTP-FLV is not offered');
    const [fast, slow] = [scaled(bench, 950), scaled(bench, 50)];
    const slowSeconds = bench.options.quick ? QUICK_SECONDS : SLOW_SECONDS;
    return published(bench, server, 1, async () => {
      const others = fanout(bench, server.program.pid, 'http-flv', at, { viewers: fast, timeSeconds: slowSeconds + 5 });
      // The window has begun when all joined, got a picture and settled.
      await sleep((fast / 400 + 1 + bench.options.settleSeconds) * 1000);
      const before = await peakMemory(server, sleep(2000));
      const reader = startSlow(bench, at, slow, slowSeconds);
      const peak = await peakMemory(server, reader.ended);
      const result = await others;
      const slowResult = lastLine<SlowResult>(reader, 'slow-reader');
      const figures = { ...deliveryFigures(result), memoryMb: peak / 1024, slowMbEach: (peak - before) / 1024 / slow, slowAlive: slowResult.open };
      return { count: fast + slow, figures, raw: { others: result, slow: slowResult, beforeKb: before, peakKb: peak } };
    });
  },
};
