import { groupOf } from './options.js';

/** What became of a row. */
export interface Result {
  readonly id: string;
  readonly title: string;
  readonly passed: boolean;
  /** True where it was late for want of a core, and had a second try, which this is. */
  readonly repeated?: boolean;
  /** The row's own figure, or what went wrong. */
  readonly figure: string;
  /** Invariants that did not hold. */
  readonly violations: readonly string[];
  /** Figures of the invariants. */
  readonly invariants: string;
  readonly seconds: number;
}

/** A line for a person to read. */
export function lineOf({ id, title, passed, repeated, figure, violations, invariants, seconds }: Result): string {
  const broken = violations.length > 0 ? `\n      ${violations.join('; ')}` : '';
  return `${passed ? 'pass' : 'FAIL'}  ${id.padEnd(3)} ${title}: ${figure} (${invariants}; ${seconds.toFixed(0)} s${repeated === true ? ', second try' : ''})${broken}`;
}

/** Passed and total of each group, in the order they came. */
export function scores(results: readonly Result[]): { readonly group: string; readonly passed: number; readonly total: number }[] {
  const groups = [...new Set(results.map(({ id }) => groupOf(id)))];
  return groups.map((group) => {
    const own = results.filter(({ id }) => groupOf(id) === group);
    return { group, passed: own.filter(({ passed }) => passed).length, total: own.length };
  });
}

/** `B 10/10 (100 %)`. */
export function scoreLine({ group, passed, total }: ReturnType<typeof scores>[number]): string {
  return `${group} ${passed}/${total} (${Math.floor((passed / total) * 100)} %)`;
}

/** A table of Markdown. */
export function markdown(results: readonly Result[]): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
  const row = (result: Result): string =>
    [
      result.id,
      result.title,
      result.passed ? 'pass' : `**fail** ${result.violations.join('; ')}`,
      result.figure,
      result.invariants + (result.repeated === true ? '; second try' : ''),
    ]
      .map(cell)
      .join(' | ');
  return ['| id | test | result | figure | invariants |', '|---|---|---|---|---|', ...results.map((result) => `| ${row(result)} |`), ''].join('\n');
}
