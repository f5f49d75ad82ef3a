import { appendFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import type { Bench } from './bench.js';
import { calibrate } from './load.js';
import { isSteady, type Measurement } from './results.js';
import type { Outcome, Scenario } from './scenarios/scenario.js';
import type { BenchServer } from './servers/server.js';

async function outcomeOf(bench: Bench, scenario: Scenario, server: BenchServer): Promise<Outcome> {
  const running = await server.start(bench);
  try {
    return await scenario.measure(bench, running);
  } finally {
    await running.program.stop();
  }
}

/** One measurement of one server in a life of its own, calibrated before and after. Never rejects: a failure is a result. */
async function measureOnce(bench: Bench, scenario: Scenario, server: BenchServer, repetition: number): Promise<Measurement> {
  const head = { at: new Date().toISOString(), repetition, scenario: scenario.id, server: server.id, load1: loadavg()[0] ?? 0 };
  try {
    const before = await calibrate(bench);
    const outcome = await outcomeOf(bench, scenario, server);
    return { ...head, ...outcome, calibUs: [before, await calibrate(bench)] };
  } catch (error) {
    return { ...head, count: 0, figures: {}, failed: error instanceof Error ? error.message : String(error) };
  }
}

/** Measures, and again while the core was not steady and retries are left. */
export async function measure(bench: Bench, scenario: Scenario, server: BenchServer, repetition: number): Promise<Measurement[]> {
  const all: Measurement[] = [];
  for (let attempt = 0; ; attempt++) {
    const result = await measureOnce(bench, scenario, server, repetition);
    const again = result.failed === undefined && !isSteady(result) && attempt < bench.options.retries;
    const kept = again ? { ...result, discarded: true } : result;
    appendFileSync(bench.options.out, `${JSON.stringify(kept)}\n`);
    all.push(kept);
    if (!again) return all;
  }
}
