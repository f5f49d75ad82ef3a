import type { Bench } from '../bench.js';
import type { BenchServer, RunningServer } from './server.js';
import { freePorts, startSluice } from './sluice.js';

type Scheme = 'rtmp' | 'rtsp';

const rule = (port: number, scheme: Scheme): string => `[{ match: 'live/**', url: '${scheme}://127.0.0.1:${port}/{path}' }]`;

/** The last one pulls when it is asked for a stream, so it is started last; the first pushes to one that has to be there. */
async function start(bench: Bench, scheme: Scheme): Promise<RunningServer> {
  const ports = await freePorts();
  const middle = await startSluice(bench, 'server', `ring-${scheme}-2`, [], ports);
  const first = await startSluice(bench, 'gateway', `ring-${scheme}-1`, [`relay.pushes=${rule(ports[scheme], scheme)}`]);
  const last = await startSluice(bench, 'server', `ring-${scheme}-3`, [`relay.sources=${rule(ports[scheme], scheme)}`]);
  const all = [first, middle, last];
  return {
    program: { ...first.program, stop: async () => void (await Promise.all(all.map(({ program }) => program.stop()))) },
    ...(first.rtmp === undefined ? {} : { rtmp: first.rtmp }),
    chain: all.flatMap(({ play }) => play?.['http-flv'] ?? []),
  };
}

/** A gateway that pushes to a server that another pulls from. */
export function sluiceChain(scheme: Scheme): BenchServer {
  return { id: `sluice-ring-${scheme}`, title: `Sluice, by ${scheme.toUpperCase()}`, role: 'sluice', start: (bench) => start(bench, scheme) };
}
