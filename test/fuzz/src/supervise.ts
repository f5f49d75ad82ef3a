import { Buffer } from 'node:buffer';
import { Worker } from 'node:worker_threads';
import type { Fault } from './execute.js';
import type { Input, WorkOrder, WorkReport } from './messages.js';
import { Progress } from './progress.js';
import type { Found, TargetCounts } from './target-fuzz.js';

/** What to fuzz, and who is told. */
export interface Supervision {
  readonly targets: readonly string[];
  readonly seed: string;
  readonly ms: number;
  /** To execute in place of fuzzing. */
  readonly inputs?: readonly Input<Buffer>[];
  readonly module?: string;
  /** Without a sign of life for so long, a thread hangs. */
  readonly hangMs: number;
  found(found: Found): void;
  counts?(target: string, counts: TargetCounts): void;
}

const LOOK_MS = 500;
/** Old generation of a thread. What grows beyond dies, and is found. */
const HEAP_MB = 1024;

/** How a thread ended, and how long it worked until then: neither its start nor its hanging counts. */
interface Watched {
  readonly end: End;
  readonly workedMs: number;
}

type End = 'done' | { readonly target: string; readonly input: Buffer; readonly fault: Fault };

/** Has a thread fuzz, and looks after it: an input that hangs or kills it is found too, and the thread replaced without that target. */
export async function supervise(supervision: Supervision): Promise<void> {
  let { targets, ms, seed } = supervision;
  while (targets.length > 0) {
    const { end, workedMs } = await watch({ ...supervision, targets, ms, seed });
    if (end === 'done') return;
    ms -= workedMs;
    const { target, input } = end;
    // Only what happens again is a fault: the machine may have been asleep.
    const { end: again } = await watch({ ...supervision, targets: [target], ms: 0, inputs: [{ target, input }] });
    if (again !== 'done') {
      supervision.found(again);
      targets = targets.filter((name) => name !== target);
    }
    if (supervision.inputs !== undefined) return;
    // Not the same way again.
    seed += '+';
    if (ms <= 0) return;
  }
}

function watch({ targets, seed, ms, inputs, module, hangMs, found, counts }: Supervision): Promise<Watched> {
  const progress = new Progress();
  const order: WorkOrder = {
    targets,
    seed,
    ms,
    shared: progress.shared,
    ...(inputs === undefined ? {} : { inputs }),
    ...(module === undefined ? {} : { module }),
  };
  const worker = new Worker(new URL('../worker.mjs', import.meta.url), { workerData: order, resourceLimits: { maxOldGenerationSizeMb: HEAP_MB } });
  return new Promise((resolve, reject) => {
    let beats = -1;
    let readyMs = 0;
    let aliveMs = 0;
    let done = false;
    let timer: NodeJS.Timeout | undefined;
    const end = (kind: Fault['kind'], message: string) => {
      const { target, input } = progress.current();
      finish({ target: targets[target] ?? '', input, fault: { kind, message } });
    };
    const finish = (how: End) => {
      clearInterval(timer);
      if (done) return;
      done = true;
      const watched = { end: how, workedMs: aliveMs - readyMs };
      worker.terminate().then(
        () => resolve(watched),
        () => resolve(watched),
      );
    };
    const look = () => {
      if (progress.beats !== beats) {
        beats = progress.beats;
        aliveMs = performance.now();
      } else if (performance.now() - aliveMs > hangMs) {
        end('hang', `no end after ${hangMs} ms`);
      }
    };
    worker.on('message', (report: WorkReport) => {
      // Only now: the sources are compiled first.
      if (report.kind === 'ready') {
        readyMs = performance.now();
        aliveMs = readyMs;
        timer = setInterval(look, LOOK_MS);
      } else if (report.kind === 'found') found({ target: report.target, input: Buffer.from(report.input), fault: report.fault });
      else if (report.kind === 'counts') counts?.(report.target, report.counts);
      else finish('done');
    });
    worker.on('error', (error: Error) => {
      // Before it began, it is the fuzzer that is broken.
      if (timer === undefined) reject(error);
      else end('died', error.stack ?? error.message);
    });
    worker.on('exit', (code) => end('died', `the thread ended with ${code}`));
  });
}
