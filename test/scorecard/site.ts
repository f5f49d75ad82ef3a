import { setTimeout as sleep } from 'node:timers/promises';
import { type Collector, openCollector } from '../e2e/support/collector.js';
import { type FreshServer, startFresh } from './fresh.js';
import { isSettled, type State } from './invariants.js';
import { publishReference, REFERENCE } from './reference.js';
import type { Effort, Seen, Site } from './types.js';
import { warmUp } from './warm-up.js';
import { watch } from './watch.js';

/** Sessions and transactions of strangers are over by then: SIP's last timer is 32 s. */
const SETTLE_MS = 40_000;
const LOOK_EVERY_MS = 1000;

/** A site, and what the runner looks at. */
export interface RunningSite {
  readonly site: Site;
  /** How the server was when it had warmed up. */
  readonly start: State;
  isPublishing(): boolean;
  hasEnded(): boolean;
  /** The server's state once it is back to `start`, or after a time; nothing where it has ended. */
  settled(): Promise<State | undefined>;
  /** Stops the servers that a test has started. */
  endTest(): Promise<void>;
  stop(): Promise<void>;
}

async function stateOf(server: FreshServer, collector: Collector): Promise<State | undefined> {
  if (server.hasEnded()) return undefined;
  try {
    await collector.collect();
    const counters = await server.counters();
    return { ...server.usage(), pid: server.pid, timers: counters.get('sluice_timers') ?? Number.NaN };
  } catch (error) {
    if (server.hasEnded()) return undefined;
    throw error;
  }
}

/** Starts a server, its reference stream, and whoever watches it; resolves when it is warm. */
export async function startSite(effort: Effort, settings: readonly string[] = [], referenceQuery = ''): Promise<RunningSite> {
  const server = await startFresh(settings);
  const publisher = await publishReference(server, referenceQuery);
  const query = referenceQuery === '' ? '' : `?${referenceQuery}`;
  const watcher = watch(server.url('http', `${REFERENCE}.flv${query}`), server.url('http', 'healthz'));
  const others: FreshServer[] = [];
  await warmUp(server);
  const collector = await openCollector(server);
  const start = await stateOf(server, collector);
  if (start === undefined) throw new Error(`the server ended: ${server.log().slice(-4000)}`);
  const endTest = async (): Promise<void> => {
    await Promise.all(
      others
        .splice(0)
        .filter((other) => !other.hasEnded())
        .map((other) => other.stop()),
    );
  };
  const site: Site = {
    ...server,
    effort,
    reference: REFERENCE,
    choose: (quick, usual, full) => ({ quick, usual, full })[effort],
    seen: (): Promise<Seen> => watcher.take(),
    startFresh: async (more = []) => {
      const other = await startFresh(more);
      others.push(other);
      return other;
    },
  };
  return {
    site,
    start,
    isPublishing: () => publisher.process.exitCode === null && publisher.process.signalCode === null,
    hasEnded: () => server.hasEnded(),
    settled: async () => {
      const deadline = performance.now() + SETTLE_MS;
      for (;;) {
        const state = await stateOf(server, collector);
        if (state === undefined || isSettled(start, state) || performance.now() > deadline) return state;
        await sleep(LOOK_EVERY_MS);
      }
    },
    endTest,
    stop: async () => {
      await endTest();
      collector.close();
      await watcher.stop();
      await publisher.stop('SIGKILL');
      if (!server.hasEnded()) await server.stop();
    },
  };
}
