import { setTimeout as sleep } from 'node:timers/promises';
import { joins, type Kind } from '../load.js';
import { nginx } from '../servers/nginx.js';
import { nodeMediaServer } from '../servers/node-media-server.js';
import type { BenchServer } from '../servers/server.js';
import { sluice } from '../servers/sluice.js';
import { published, type Scenario } from './scenario.js';

const JOINS = 20;

/** So that a whole GOP is there to join. */
const GOP_MS = 2000;

function joining(id: string, called: string, kind: Kind, servers: readonly BenchServer[]): Scenario {
  return {
    id,
    title: `First picture, ${called}`,
    about: 'Viewers join one after another, at any moment of the GOP: time from connecting to the first key frame, median and slowest.',
    servers,
    columns: ['firstKeyMs', 'firstKeyMaxMs', 'errors'],
    measure: (bench, server) => {
      const at = server.play?.[kind];
      if (at === undefined) throw new Error(`${called} is not offered`);
      return published(bench, server, 1, async () => {
        await sleep(GOP_MS);
        const result = await joins(bench, kind, at, JOINS);
        // The tool prints 0 of nothing.
        const { p50, max } = result.got_key > 0 ? result.first_key_ms : { p50: Number.NaN, max: Number.NaN };
        const figures = { firstKeyMs: p50, firstKeyMaxMs: max, errors: result.join - result.got_key };
        return { count: JOINS, figures, raw: result };
      });
    },
  };
}

/** Time to the first picture. */
export const joinScenarios: readonly Scenario[] = [
  joining('joins-http-flv', 'HTTP-FLV', 'http-flv', [sluice, nodeMediaServer]),
  joining('joins-ws-flv', 'WebSocket-FLV', 'ws-flv', [sluice, nodeMediaServer]),
  joining('joins-rtmp', 'RTMP', 'rtmp-play', [sluice, nginx, nodeMediaServer]),
  joining('joins-rtsp', 'RTSP over TCP', 'rtsp-tcp-play', [sluice]),
];
