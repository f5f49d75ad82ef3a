import { setTimeout as sleep } from 'node:timers/promises';
import { type Bench, scaled } from '../bench.js';
import { type DelayResult, delays, type FanoutResult, fanout, type PlayAddress, publish, type Sender, type SenderResult, sendPs } from '../load.js';
import type { FigureName, Figures } from '../results.js';
import { floorRtmpIngest, floorRtp } from '../servers/floors.js';
import { nginx } from '../servers/nginx.js';
import { nodeMediaServer } from '../servers/node-media-server.js';
import type { RunningServer } from '../servers/server.js';
import { sluice, sluiceGateway } from '../servers/sluice.js';
import { droppedDatagrams } from '../udp.js';
import { type Usage, usage } from '../usage.js';
import type { Scenario } from './scenario.js';

/** Between two publishers' starts, so that their key frames do not fall together. */
const SPREAD_MS = 7;

/** Until every publisher has sent a GOP. */
const settleMs = (count: number): number => 3500 + count * SPREAD_MS;

/** Viewers that look at what came in, one of a stream. */
const VIEWERS = 20;

/** CPU and memory while nobody watches. `sent` tells the rate. */
export function ingestFigures(count: number, idle: Usage, from: Usage, to: Usage, sent: SenderResult): Figures {
  const seconds = to.atSeconds - from.atSeconds;
  const cpuSeconds = to.cpuSeconds - from.cpuSeconds;
  const gigabytes = ((sent.bytes / sent.seconds) * seconds) / 1e9;
  return {
    cpuSecondsPerGb: cpuSeconds / gigabytes,
    corePct: (cpuSeconds / seconds) * 100,
    memoryMb: to.memoryKb / 1024,
    memoryKbEach: (to.memoryKb - idle.memoryKb) / count,
    errors: sent.errors + (count - sent.live),
  };
}

/** What viewers of what came in saw. */
interface Watched {
  readonly play: FanoutResult;
  readonly delay: DelayResult;
}

async function watched(bench: Bench, server: RunningServer, at: PlayAddress, viewers: number): Promise<Watched> {
  const play = await fanout(bench, server.program.pid, 'http-flv', at, { viewers, streams: viewers });
  return { play, delay: await delays(bench, at, viewers) };
}

function watchedFigures({ play, delay }: Watched, errors: number): Figures {
  return {
    delayP50Ms: delay.p50,
    delayP99Ms: delay.p99,
    gaps: play.gaps,
    stalls: play.stalls,
    underDelivered: play.under_delivered,
    errors: errors + play.errors + play.no_key,
  };
}

interface Ingested {
  readonly figures: Figures;
  readonly sent: SenderResult;
  readonly seen?: Watched | undefined;
}

async function ingested(bench: Bench, server: RunningServer, count: number, send: () => Promise<Sender>, watch?: () => Promise<Watched>): Promise<Ingested> {
  const { pid } = server.program;
  const idle = usage(pid);
  const sender = await send();
  let sent: SenderResult | undefined;
  try {
    await sleep(settleMs(count));
    const [from, droppedBefore] = [usage(pid), droppedDatagrams()];
    await sleep(bench.options.timeSeconds * 1000);
    const [to, dropped] = [usage(pid), droppedDatagrams() - droppedBefore];
    const seen = await watch?.();
    sent = await sender.finish();
    const figures = { ...ingestFigures(count, idle, from, to, sent), dropped };
    return { figures: { ...figures, ...(seen === undefined ? {} : watchedFigures(seen, figures.errors ?? 0)) }, sent, seen };
  } finally {
    if (sent === undefined) await sender.finish().catch(() => {});
  }
}

const COLUMNS: readonly FigureName[] = ['corePct', 'memoryMb', 'memoryKbEach', 'errors'];

const rtmpIngest: Scenario = {
  id: 'rtmp-ingest',
  title: '200 RTMP publishers',
  about: 'Streams of 2 Mbit/s that nobody watches.',
  servers: [sluice, floorRtmpIngest, nginx, nodeMediaServer],
  cpuPer: 'in',
  columns: COLUMNS,
  measure: async (bench, server) => {
    const { rtmp } = server;
    if (rtmp === undefined) throw new Error('RTMP is not offered');
    const count = scaled(bench, 200);
    const { figures, ...raw } = await ingested(bench, server, count, () => publish(bench, rtmp, count));
    return { count, figures, raw };
  },
};

function psIngest(proto: 'tcp' | 'udp'): Scenario {
  return {
    id: `ps-${proto}`,
    title: `100 × MPEG-PS over RTP, ${proto.toUpperCase()}`,
    about: `Streams of 2 Mbit/s. CPU and memory while nobody watches; then delay, gaps and stalls of HTTP-FLV viewers, one of each of the first ${VIEWERS} streams.`,
    servers: [sluiceGateway, floorRtp(proto)],
    cpuPer: 'in',
    columns: [...COLUMNS, ...(proto === 'udp' ? (['dropped'] as const) : []), 'delayP50Ms', 'delayP99Ms', 'gaps', 'stalls', 'underDelivered'],
    measure: async (bench, server) => {
      const { rtp } = server;
      if (rtp === undefined) throw new Error('RTP is not offered');
      const count = scaled(bench, 100);
      const { play } = rtp;
      const viewers = Math.min(count, VIEWERS);
      const watch = play && (() => watched(bench, server, play, viewers));
      const { figures, ...raw } = await ingested(bench, server, count, () => sendPs(bench, proto, rtp, count), watch);
      return { count, figures, raw };
    },
  };
}

/** Many publishers. */
export const ingestScenarios: readonly Scenario[] = [rtmpIngest, psIngest('tcp'), psIngest('udp')];
