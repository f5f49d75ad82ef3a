import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { COLLECTOR_ENV } from '../e2e/support/collector.js';
import { type Server, startServer } from '../e2e/support/server.js';
import { openTcp } from './connection.js';
import type { Fresh } from './types.js';
import { usageOf } from './usage.js';

/** Longer than any run. */
const LONGEST_MS = 3 * 3_600_000;
const METRIC = /^([a-z_]\w*(?:\{[^}]*\})?) ([-+.\deE]+|NaN|[+-]Inf)$/gm;

/** A server of its own, and its end. */
export type FreshServer = Fresh & { readonly server: Server; hasEnded(): boolean; stop(): Promise<void> };

/** Starts `all-in-one` on free ports with an empty data folder. */
export async function startFresh(settings: readonly string[] = []): Promise<FreshServer> {
  const server = await startServer('all-in-one', settings, undefined, { timeoutMs: LONGEST_MS, env: COLLECTOR_ENV });
  const { program } = server;
  const { pid } = program.process;
  if (pid === undefined) throw new Error('the server has no process');
  const [, rtspUdp] = program.output().match(/udp\/rtp +udp \S+:(\d+)/) ?? [];
  const apiKey = readFileSync(join(server.data, 'secrets/api-key'), 'utf8').trim();
  const http = (path: string, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers);
    if (!headers.has('authorization')) headers.set('authorization', `Bearer ${apiKey}`);
    else if (headers.get('authorization') === '') headers.delete('authorization');
    return fetch(server.url('http', path.replace(/^\//, '')), { ...init, headers });
  };
  return {
    server,
    ports: { ...server.ports, rtspUdp: Number(rtspUdp ?? 0) },
    apiKey,
    pid,
    data: server.data,
    http,
    api: (path, init) => server.api(path, init),
    url: (protocol, path) => server.url(protocol, path),
    log: () => program.output(),
    counters: async () => parseMetrics(await (await http('/metrics')).text()),
    usage: () => usageOf(pid),
    tcp: openTcp,
    hasEnded: () => program.process.exitCode !== null || program.process.signalCode !== null,
    stop: async () => void (await server.stop()),
  };
}

/** The values of a page of Prometheus' text form. */
export function parseMetrics(text: string): Map<string, number> {
  return new Map([...text.matchAll(METRIC)].map(([, name = '', value]) => [name, Number(value)]));
}
