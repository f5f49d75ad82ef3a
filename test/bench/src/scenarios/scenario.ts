import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from '../bench.js';
import { publish, type Sender } from '../load.js';
import type { FigureName, Figures } from '../results.js';
import type { BenchServer, RunningServer } from '../servers/server.js';

/** What one measurement of a scenario gives. */
export interface Outcome {
  /** Viewers or publishers. */
  readonly count: number;
  readonly figures: Figures;
  readonly raw: unknown;
}

/** Something to measure servers with. */
export interface Scenario {
  /** As on the command line. */
  readonly id: string;
  readonly title: string;
  /** One sentence for the report. */
  readonly about: string;
  readonly servers: readonly BenchServer[];
  /** What the CPU figure is for: gigabytes delivered or received; none where it is not the point. */
  readonly cpuPer?: 'out' | 'in';
  /** Columns of the report, in order. */
  readonly columns: readonly FigureName[];
  measure(bench: Bench, server: RunningServer): Promise<Outcome>;
}

/** Until a publisher's first GOP is over. */
const FIRST_GOP_MS = 2500;

/** Publishes what viewers will play, where the server has no source of its own; runs the body; ends the publishers. */
export async function published<T>(bench: Bench, server: RunningServer, count: number, body: () => Promise<T>): Promise<T> {
  const sender: Sender | undefined = server.rtmp === undefined ? undefined : await publish(bench, server.rtmp, count);
  try {
    await sleep(FIRST_GOP_MS);
    return await body();
  } finally {
    await sender?.finish();
  }
}
