import { scaled } from '../bench.js';
import { type FanoutResult, fanout, type Kind } from '../load.js';
import { sluice } from '../servers/sluice.js';
import { usage } from '../usage.js';
import { COLUMNS, deliveryFigures, warm } from './delivery.js';
import { published, type Scenario } from './scenario.js';

const VIEWERS = 200;

/** RTSP viewers, and as many HTTP-FLV viewers of the same server right after them: the core's speed is the same for both. */
export const rtspScenario: Scenario = {
  id: 'rtsp-tcp',
  title: 'RTSP over TCP, 200 viewers',
  about: 'One stream of 2 Mbit/s, video not delayed. The same server then has as many HTTP-FLV viewers: × HTTP-FLV compares CPU s/GB.',
  servers: [sluice],
  cpuPer: 'out',
  columns: ['timesHttpFlv', ...COLUMNS],
  measure: (bench, server) => {
    const count = scaled(bench, VIEWERS);
    const { pid } = server.program;
    const view = async (kind: Kind): Promise<FanoutResult> => {
      const at = server.play?.[kind];
      if (at === undefined) throw new Error(`${kind} is not offered`);
      await warm(bench, pid, kind, at, count);
      return await fanout(bench, pid, kind, at, { viewers: count });
    };
    return published(bench, server, 1, async () => {
      const { memoryKb } = usage(pid);
      const rtsp = await view('rtsp-tcp-play');
      const flv = await view('http-flv');
      const timesHttpFlv = rtsp.server.cpu_s_per_gb / flv.server.cpu_s_per_gb;
      return { count, figures: { ...deliveryFigures(rtsp, memoryKb), timesHttpFlv }, raw: { rtsp, flv } };
    });
  },
};
