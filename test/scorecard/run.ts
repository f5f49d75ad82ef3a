import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from '../e2e/support/programs.js';
import { figures, mayBeTheMachine, type Observation, violations } from './invariants.js';
import type { Result } from './report.js';
import { type RunningSite, startSite } from './site.js';
import type { Effort, ScorecardTest } from './types.js';

/** A row that is over sooner is watched for so long: a percentile wants some hundred probes. */
const WATCHED_MS = 5000;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Does a row and looks at the invariants after it; once more where the machine may be to blame. */
async function runRow(row: ScorecardTest, running: RunningSite, repeated = false): Promise<Result> {
  const startedMs = performance.now();
  const { site } = running;
  const waitedBefore = site.usage().waitedSeconds;
  await site.seen();
  let figure = '';
  let failure: string | undefined;
  try {
    figure = await row.run(site);
  } catch (error) {
    failure = messageOf(error);
  }
  const leftMs = WATCHED_MS - (performance.now() - startedMs);
  if (leftMs > 0) await sleep(leftMs);
  const during = await site.seen();
  const seconds = (performance.now() - startedMs) / 1000;
  const waited = running.hasEnded() ? 0 : (site.usage().waitedSeconds - waitedBefore) / seconds;
  await running.endTest();
  const after = await running.settled();
  const observation: Observation = {
    before: running.start,
    after,
    during,
    waited,
    afterwards: await site.seen(),
    isPublishing: running.isPublishing(),
    log: site.log(),
  };
  const broken = violations(observation);
  if (!repeated && failure === undefined && mayBeTheMachine(broken, waited)) return runRow(row, running, true);
  return {
    id: row.id,
    title: row.title,
    passed: failure === undefined && broken.length === 0,
    ...(repeated ? { repeated } : {}),
    figure: failure ?? figure,
    violations: broken,
    invariants: figures(observation),
    seconds: (performance.now() - startedMs) / 1000,
  };
}

const missing = ({ programs = [], files = [] }: ScorecardTest): string[] => [
  ...['ffmpeg', ...programs].filter((name) => findProgram(name) === undefined),
  ...files.filter((file) => !existsSync(file)),
];

const siteKey = ({ settings = [], referenceQuery = '' }: ScorecardTest): string => JSON.stringify([settings, referenceQuery]);

/** Runs the rows one after another; those in a row that want the same server share one, until one of them breaks it. */
export async function runRows(rows: readonly ScorecardTest[], effort: Effort, onResult: (result: Result) => void, stopped: AbortSignal): Promise<Result[]> {
  const results: Result[] = [];
  let running: { readonly key: string; readonly site: RunningSite } | undefined;
  const finish = async (): Promise<void> => {
    await running?.site.stop();
    running = undefined;
  };
  try {
    for (const row of rows) {
      if (stopped.aborted) break;
      const wanting = missing(row);
      const key = siteKey(row);
      if (wanting.length === 0 && running?.key !== key) {
        await finish();
        running = { key, site: await startSite(effort, row.settings, row.referenceQuery) };
      }
      const result: Result =
        running === undefined || wanting.length > 0
          ? { id: row.id, title: row.title, passed: false, figure: `not run: ${wanting.join(', ')} missing`, violations: [], invariants: '-', seconds: 0 }
          : await runRow(row, running.site);
      results.push(result);
      onResult(result);
      // What one row broke is not held against the next.
      if (result.violations.length > 0) await finish();
    }
  } finally {
    await finish();
  }
  return results;
}
