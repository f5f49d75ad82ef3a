import { Buffer } from 'node:buffer';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crasherFolder } from './crashers.js';
import { root } from './paths.js';
import { DEFAULT_INPUT_BYTES, type Target } from './target.js';

interface CorpusCase {
  readonly id: string;
  readonly kind: string;
}

const cases = join(root, '../shared/cases');
const list = join(cases, 'corpus/cases.json');
const corpus: readonly CorpusCase[] = existsSync(list) ? (JSON.parse(readFileSync(list, 'utf8')) as CorpusCase[]) : [];

/** Whether the shared corpus is there; without it the fixtures of the packages are the seeds. */
export const hasCorpus = corpus.length > 0;

/** The inputs a target begins with: those of its making, files of the repository, its crashers, and the corpus. Longer ones are cut. */
export function seedsOf({ name, seeds, maxBytes = DEFAULT_INPUT_BYTES }: Target): Buffer[] {
  const { made = [], files = [], kinds = [], wrapped = [], cases: shared = [] } = seeds;
  const found = [
    ...made.map((seed) => Buffer.from(seed as string)),
    ...files.map((file) => readFileSync(join(root, file))),
    ...crashersOf(name),
    ...shared.map((file) => join(cases, file)).flatMap((file) => (existsSync(file) ? [readFileSync(file)] : [])),
    ...kinds.flatMap(ofKind),
    ...wrapped.flatMap(({ kind, file, wrap }) =>
      [...(file === undefined ? [] : [readFileSync(join(root, file))]), ...(kind === undefined ? [] : ofKind(kind))].map(wrap),
    ),
  ];
  return found.filter((seed) => seed.length > 0).map((seed) => seed.subarray(0, maxBytes));
}

function ofKind(kind: string): Buffer[] {
  return corpus.filter((one) => one.kind === kind).map(({ id }) => readFileSync(join(cases, 'corpus', id)));
}

function crashersOf(name: string): Buffer[] {
  const folder = crasherFolder(name);
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((file) => file.endsWith('.bin'));
  return files.sort().map((file) => readFileSync(join(folder, file)));
}
