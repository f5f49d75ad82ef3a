import { parseArgs } from 'node:util';
import type { Effort } from './types.js';

/** What a run is to do. */
export interface Options {
  /** Groups that run; all where empty. */
  readonly groups: readonly string[];
  /** Rows that run; all where empty. */
  readonly only: readonly string[];
  readonly effort: Effort;
  /** File for the results as JSON. */
  readonly json: string | undefined;
  /** File for the results as a Markdown table. */
  readonly markdown: string | undefined;
  /** Priority of the run and all it starts (-20 first of all, needs the right to), for a machine that others use too. */
  readonly nice: number | undefined;
}

const list = (values: readonly string[] = []): string[] => values.flatMap((value) => value.split(',')).map((value) => value.trim().toUpperCase());

/** Reads the command line. Throws where something in it is unknown. */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      group: { type: 'string', multiple: true },
      only: { type: 'string', multiple: true },
      quick: { type: 'boolean' },
      full: { type: 'boolean' },
      json: { type: 'string' },
      markdown: { type: 'string' },
      nice: { type: 'string' },
    },
  });
  if (values.quick === true && values.full === true) throw new Error('--quick or --full, not both');
  return {
    groups: list(values.group),
    only: list(values.only),
    effort: values.quick === true ? 'quick' : values.full === true ? 'full' : 'usual',
    json: values.json,
    markdown: values.markdown,
    nice: values.nice === undefined ? undefined : Number(values.nice),
  };
}

/** The rows that are asked for. Throws where one is named that there is not. */
export function selectRows<T extends { readonly id: string }>(rows: readonly T[], { groups, only }: Pick<Options, 'groups' | 'only'>): T[] {
  const groupsKnown = new Set(rows.map(({ id }) => groupOf(id)));
  const unknown = [...groups.filter((name) => !groupsKnown.has(name)), ...only.filter((name) => !rows.some(({ id }) => id === name))];
  if (unknown.length > 0) throw new Error(`there is no ${unknown.join(', ')}; there are ${rows.map(({ id }) => id).join(' ')}`);
  return rows.filter(({ id }) => (groups.length === 0 || groups.includes(groupOf(id))) && (only.length === 0 || only.includes(id)));
}

/** `B` of `B10`. */
export const groupOf = (id: string): string => id.replace(/\d+$/, '');
