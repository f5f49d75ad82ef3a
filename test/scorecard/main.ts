import { writeFileSync } from 'node:fs';
import { killAll } from '../e2e/support/programs.js';
import { rows } from './groups.js';
import { parseOptions, selectRows } from './options.js';
import { raisePriority } from './priority.js';
import { lineOf, markdown, scoreLine, scores } from './report.js';
import { runRows } from './run.js';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Runs what the command line asks for; answers the exit code: 0 where every row passed. */
async function main(args: readonly string[]): Promise<number> {
  const options = parseOptions(args);
  const chosen = selectRows(rows, options);
  if (options.nice !== undefined) raisePriority(options.nice);
  const stopped = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.abort());
  const startedMs = performance.now();
  try {
    const results = await runRows(chosen, options.effort, (result) => say(lineOf(result)), stopped.signal);
    const score = scores(results);
    if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify({ effort: options.effort, scores: score, results }, undefined, 2)}\n`);
    if (options.markdown !== undefined) writeFileSync(options.markdown, markdown(results));
    say('');
    for (const group of score) say(scoreLine(group));
    say(`took ${Math.round((performance.now() - startedMs) / 1000)} s (${options.effort})`);
    return results.length === chosen.length && results.every(({ passed }) => passed) ? 0 : 1;
  } finally {
    await killAll();
  }
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
