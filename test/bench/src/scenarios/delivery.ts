import { type Bench, scaled } from '../bench.js';
import { type FanoutOptions, type FanoutResult, fanout, type Kind, type PlayAddress } from '../load.js';
import type { FigureName, Figures } from '../results.js';
import { floorC, floorC50, floorNode, floorNode50 } from '../servers/floors.js';
import { nginx } from '../servers/nginx.js';
import { nodeMediaServer } from '../servers/node-media-server.js';
import { sluice, sluice50 } from '../servers/sluice.js';
import { usage } from '../usage.js';
import { published, type Scenario } from './scenario.js';

/** Viewers that come and go before a measurement, so that the server's code is compiled when it counts. */
const WARM_VIEWERS = 100;
const WARM_SECONDS = 3;

/** Compiles the server's code. */
export function warm(bench: Bench, pid: number, kind: Kind, at: PlayAddress, viewers: number): Promise<FanoutResult> {
  return fanout(bench, pid, kind, at, { viewers: Math.min(viewers, WARM_VIEWERS), settleSeconds: 0, timeSeconds: WARM_SECONDS });
}

/** Figures of viewers that all play the same way. `withoutKb` is the server's memory without any. */
export function deliveryFigures(result: FanoutResult, withoutKb = result.server.rss_before_kb): Figures {
  const { server, latency_ms: delay } = result;
  // The tool prints 0 of nothing.
  const seen = (value: number): number => (delay.n > 0 ? value : Number.NaN);
  return {
    cpuSecondsPerGb: result.gb > 0 ? server.cpu_s_per_gb : Number.NaN,
    corePct: server.core_pct,
    delayP50Ms: seen(delay.p50),
    delayP99Ms: seen(delay.p99),
    firstKeyMs: result.no_key < result.n ? result.first_key_ms.p50 : Number.NaN,
    memoryMb: server.rss_kb / 1024,
    memoryKbEach: (server.rss_kb - withoutKb) / result.n,
    stalls: result.stalls,
    gaps: result.gaps,
    underDelivered: result.under_delivered,
    errors: result.errors + result.no_key,
    clientCorePct: (result.client_cpu_s / result.window_s) * 100,
  };
}

/** What is told of viewers. */
export const COLUMNS: readonly FigureName[] = [
  'corePct',
  'delayP50Ms',
  'delayP99Ms',
  'firstKeyMs',
  'memoryMb',
  'memoryKbEach',
  'stalls',
  'gaps',
  'underDelivered',
  'errors',
  'clientCorePct',
];

function delivery(
  scenario: Pick<Scenario, 'id' | 'title' | 'about' | 'servers'>,
  kind: Kind,
  viewers: number,
  options: Omit<FanoutOptions, 'viewers'> = {},
): Scenario {
  return {
    ...scenario,
    cpuPer: 'out',
    columns: COLUMNS,
    measure: (bench, server) => {
      const at = server.play?.[kind];
      if (at === undefined) throw new Error(`${scenario.id} is not offered`);
      const count = scaled(bench, viewers);
      return published(bench, server, 1, async () => {
        const { pid } = server.program;
        const { memoryKb } = usage(pid);
        await warm(bench, pid, kind, at, count);
        const result = await fanout(bench, pid, kind, at, { ...options, viewers: count });
        return { count, figures: deliveryFigures(result, memoryKb), raw: result };
      });
    },
  };
}

/** One stream, many viewers. */
export const deliveryScenarios: readonly Scenario[] = [
  delivery(
    {
      id: 'http-flv',
      title: 'HTTP-FLV, 500 viewers',
      about: 'One stream of 2 Mbit/s, video not delayed.',
      servers: [sluice, floorNode, floorC, nodeMediaServer],
    },
    'http-flv',
    500,
  ),
  delivery(
    {
      id: 'http-flv-50',
      title: 'HTTP-FLV, 500 viewers, 50 ms window',
      about: 'The same with frames of 50 ms in one write.',
      servers: [sluice50, floorNode50, floorC50],
    },
    'http-flv',
    500,
  ),
  delivery(
    { id: 'rtmp', title: 'RTMP play, 500 viewers', about: 'One stream of 2 Mbit/s, video not delayed.', servers: [sluice, nginx, nodeMediaServer] },
    'rtmp-play',
    500,
  ),
  delivery(
    { id: 'ws-flv', title: 'WebSocket-FLV, 500 viewers', about: 'One stream of 2 Mbit/s, video not delayed.', servers: [sluice, nodeMediaServer] },
    'ws-flv',
    500,
  ),
  delivery(
    {
      id: 'capacity',
      title: 'HTTP-FLV, 4,000 viewers on one core',
      about: 'The data of one viewer in twenty is looked at in full; of the others the bytes are counted.',
      servers: [sluice, floorNode],
    },
    'http-flv',
    4000,
    { verify: 0.05, settleSeconds: 5 },
  ),
];
