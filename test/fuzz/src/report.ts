import type { TargetCounts } from './target-fuzz.js';

/** A target and what was done with it. */
export interface TargetRow {
  readonly target: string;
  readonly counts: TargetCounts | undefined;
  readonly found: number;
}

const HEAD = ['target', 'seeds', 'executions', 'per s', 'ways', 'error codes', 'found'];

/** The summary: a row for each target, and one for all. */
export function summaryTable(rows: readonly TargetRow[]): string {
  const lines = rows.map(({ target, counts, found }) => line(target, counts, found));
  const counted = rows.flatMap(({ counts }) => (counts === undefined ? [] : [counts]));
  const sum = (of: (counts: TargetCounts) => number) => counted.reduce((total, counts) => total + of(counts), 0);
  const all: TargetCounts = {
    seeds: sum(({ seeds }) => seeds),
    executions: sum(({ executions }) => executions),
    ms: sum(({ ms }) => ms),
    ways: sum(({ ways }) => ways),
    codes: [...new Set(counted.flatMap(({ codes }) => codes))],
  };
  lines.push(
    line(
      `${rows.length} targets`,
      all,
      rows.reduce((total, { found }) => total + found, 0),
    ),
  );
  const table = [HEAD, ...lines];
  const widths = HEAD.map((_, column) => Math.max(...table.map((cells) => (cells[column] ?? '').length)));
  return table
    .map((cells) => cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  '))
    .join('\n');
}

function line(target: string, counts: TargetCounts | undefined, found: number): string[] {
  if (counts === undefined) return [target, '', '0', '', '', '', String(found)];
  const { seeds, executions, ms, ways, codes } = counts;
  return [
    target,
    String(seeds),
    String(executions),
    String(Math.round(executions / Math.max(0.001, ms / 1000))),
    String(ways),
    String(codes.length),
    String(found),
  ];
}
