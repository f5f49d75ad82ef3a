import { readFileSync } from 'node:fs';
import { type QuirkRow, quirkTable } from '../proto/quirks.js';

/** Beside `src` and `dist` alike. */
const FILE = new URL('../../quirks/quirks.json', import.meta.url);

/** The rows that come with the plugin. */
export function builtInQuirks(): readonly QuirkRow[] {
  return quirkTable.parse(JSON.parse(readFileSync(FILE, 'utf8'))).rows;
}
