import type { Bench } from './bench.js';
import { measure } from './measure.js';
import type { Measurement } from './results.js';
import { scenarios } from './scenarios/index.js';
import type { Scenario } from './scenarios/scenario.js';
import type { BenchServer } from './servers/server.js';

interface Chosen {
  readonly scenario: Scenario;
  readonly servers: readonly BenchServer[];
}

function unknown(given: readonly string[], known: readonly string[], what: string): void {
  const [wrong] = given.filter((name) => !known.includes(name));
  if (wrong !== undefined) throw new Error(`no ${what} ${wrong}; there are ${[...new Set(known)].join(', ')}`);
}

function choose({ options }: Bench, say: (line: string) => void): Chosen[] {
  unknown(
    options.scenarios,
    scenarios.map(({ id }) => id),
    'scenario',
  );
  unknown(
    options.only,
    scenarios.flatMap(({ servers }) => servers.map(({ id }) => id)),
    'server',
  );
  const wanted = scenarios.filter(({ id }) => options.scenarios.length === 0 || options.scenarios.includes(id));
  const missing = new Set<string>();
  const chosen = wanted.map((scenario) => ({
    scenario,
    servers: scenario.servers.filter((server) => {
      if (options.only.length > 0 && !options.only.includes(server.id)) return false;
      const reason = server.missing?.();
      if (reason !== undefined) missing.add(reason);
      return reason === undefined;
    }),
  }));
  for (const reason of missing) say(reason);
  return chosen;
}

/** Another order in each repetition, so that none always follows the same. */
function rotated<T>(all: readonly T[], by: number): T[] {
  const at = all.length === 0 ? 0 : by % all.length;
  return [...all.slice(at), ...all.slice(0, at)];
}

const round = (value: number): string => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3));

function line({ scenario, server, repetition, count, figures, calibUs, failed, discarded }: Measurement): string {
  const head = `${repetition} ${scenario} ${server}`;
  if (failed !== undefined) return `${head} FAILED: ${failed}`;
  const shown = Object.entries(figures).map(([name, value]) => `${name} ${round(value)}`);
  return `${head} × ${count}: ${shown.join(', ')}, calib ${calibUs?.map((us) => us.toFixed(2)).join(' → ')}${discarded ? ' — not steady, once more' : ''}`;
}

/** Measures all chosen servers in all chosen scenarios, the servers interleaved within each repetition. */
export async function runAll(bench: Bench, say: (line: string) => void, stopped: AbortSignal): Promise<void> {
  const chosen = choose(bench, say);
  for (let repetition = 1; repetition <= bench.options.repetitions; repetition++) {
    for (const { scenario, servers } of chosen) {
      for (const server of rotated(servers, repetition - 1)) {
        if (stopped.aborted) return;
        for (const result of await measure(bench, scenario, server, repetition)) say(line(result));
      }
    }
  }
}
