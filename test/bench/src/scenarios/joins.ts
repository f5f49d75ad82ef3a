import { setTimeout as sleep } from 'node:timers/promises';
import { awake } from '../awake.js';
import { type JoinResult, joins, type Kind } from '../load.js';
import { floorGop } from '../servers/floors.js';
import { nginx } from '../servers/nginx.js';
import { nodeMediaServer } from '../servers/node-media-server.js';
import type { BenchServer } from '../servers/server.js';
import { sluice } from '../servers/sluice.js';
import { published, type Scenario } from './scenario.js';

const JOINS = 20;

/** So that a whole GOP is there to join. */
const GOP_MS = 2000;

/** The tool prints 0 of nothing. */
function firstKey({ got_key, first_key_ms }: JoinResult): { p50: number; max: number } {
  return got_key > 0 ? first_key_ms : { p50: Number.NaN, max: Number.NaN };
}

function joining(id: string, called: string, kind: Kind, servers: readonly BenchServer[]): Scenario {
  return {
    id,
    title: `First picture, ${called}`,
    about:
      'Viewers join one after another, some 0.2 s apart, at any moment of the GOP: time from connecting to the first key frame, median and slowest, while the cores are kept awake; and then the median where they may sleep in between.',
    servers,
    columns: ['firstKeyMs', 'firstKeyMaxMs', 'firstKeySleepingMs', 'errors'],
    measure: (bench, server) => {
      const at = server.play?.[kind];
      if (at === undefined) throw new Error(`${called} is not offered`);
      return published(bench, server, 1, async () => {
        await sleep(GOP_MS);
        const busy = await awake(bench, () => joins(bench, kind, at, JOINS));
        const sleeping = await joins(bench, kind, at, JOINS);
        const { p50, max } = firstKey(busy);
        const errors = [sleeping, busy].reduce((sum, { join, got_key }) => sum + join - got_key, 0);
        const figures = { firstKeyMs: p50, firstKeyMaxMs: max, firstKeySleepingMs: firstKey(sleeping).p50, errors };
        return { count: JOINS, figures, raw: { sleeping, awake: busy } };
      });
    },
  };
}

/** Time to the first picture. */
export const joinScenarios: readonly Scenario[] = [
  joining('joins-http-flv', 'HTTP-FLV', 'http-flv', [sluice, floorGop, nodeMediaServer]),
  joining('joins-ws-flv', 'WebSocket-FLV', 'ws-flv', [sluice, nodeMediaServer]),
  joining('joins-rtmp', 'RTMP', 'rtmp-play', [sluice, nginx, nodeMediaServer]),
  joining('joins-rtsp', 'RTSP over TCP', 'rtsp-tcp-play', [sluice]),
];
