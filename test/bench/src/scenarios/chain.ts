import { delays } from '../load.js';
import { sluiceChain } from '../servers/chain.js';
import { published, type Scenario } from './scenario.js';

/** One viewer of each. */
const STREAMS = 5;

/** A stream that goes from a gateway to a server and on to another. */
export const chainScenario: Scenario = {
  id: 'ring',
  title: 'Three servers, one after another',
  about: `A gateway pushes a stream of 2 Mbit/s to a server, from which another pulls it. HTTP-FLV viewers at each; the delay is that at the last, the added one what each server after the first puts to it. Medians.`,
  servers: [sluiceChain('rtmp'), sluiceChain('rtsp')],
  columns: ['addedDelayMs', 'delayP50Ms', 'delayP99Ms'],
  measure: async (bench, server) => {
    const { chain = [] } = server;
    return published(bench, server, STREAMS, async () => {
      // The last one begins to pull when the first viewers come: what these get of a GOP is old.
      for (const at of chain.slice(-1)) await delays(bench, at, STREAMS);
      const seen = await Promise.all(chain.map((at) => delays(bench, at, STREAMS)));
      const [first, last] = [seen[0], seen.at(-1)];
      if (first === undefined || last === undefined) throw new Error('there is no chain');
      const addedDelayMs = (last.p50 - first.p50) / (seen.length - 1);
      return { count: STREAMS, figures: { addedDelayMs, delayP50Ms: last.p50, delayP99Ms: last.p99 }, raw: seen };
    });
  },
};
