import { Buffer } from 'node:buffer';
import { parentPort, workerData } from 'node:worker_threads';
import { AllocationMeter } from './allocation.js';
import { execute } from './execute.js';
import { collector, findHolder } from './held.js';
import type { WorkOrder, WorkReport } from './messages.js';
import { Progress } from './progress.js';
import type { Target } from './target.js';
import { TargetFuzz } from './target-fuzz.js';
import { targets as allTargets } from './targets/index.js';

/** One target is fuzzed at most so long before the next one's turn. */
const MAX_TURN_MS = 250;

/** The thread that fuzzes: does what its order says, and ends. */
export async function work(): Promise<void> {
  const order = workerData as WorkOrder;
  const say = (report: WorkReport) => parentPort?.postMessage(report);
  const known: readonly Target[] = order.module === undefined ? allTargets : ((await import(order.module)) as { targets: readonly Target[] }).targets;
  const targets = order.targets.flatMap((name) => known.filter((target) => target.name === name));
  const progress = new Progress(order.shared);
  const meter = new AllocationMeter();
  const collect = collector();
  const begin = (name: string, input: Buffer) => progress.begin(order.targets.indexOf(name), input);
  say({ kind: 'ready' });
  for (const { target: name, input: bytes } of order.inputs ?? []) {
    const target = targets.find((candidate) => candidate.name === name);
    if (target === undefined) throw new Error(`no target ${name}`);
    const input = Buffer.from(bytes);
    begin(name, input);
    const { fault } = await execute(target, Buffer.from(input), meter);
    const wrong = fault ?? (await findHolder(target, [input], meter, collect))?.fault;
    if (wrong !== undefined) say({ kind: 'found', target: name, input, fault: wrong });
  }
  const fuzzes = order.ms === 0 ? [] : targets.map((target) => ({ target, fuzz: new TargetFuzz(target, order.seed, { meter, collect, begin }) }));
  // Everybody has a turn, however short the time.
  const turnMs = Math.min(MAX_TURN_MS, order.ms / targets.length);
  const endMs = performance.now() + order.ms;
  while (fuzzes.length > 0 && performance.now() < endMs) {
    for (const { target, fuzz } of fuzzes) {
      for (const found of await fuzz.work(turnMs)) say({ kind: 'found', ...found });
      say({ kind: 'counts', target: target.name, counts: fuzz.counts });
      // Lets the messages go.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  say({ kind: 'done' });
}
