import { corpusIndex, inParallel } from '../../e2e/support/corpus.js';
import { witnessFile } from '../../e2e/support/witness.js';
import type { ScorecardTest } from '../types.js';
import { type Capture, captures } from './captures.js';
import { LOOSE } from './loose.js';
import { mutate } from './mutate.js';
import { throwCapture } from './throw.js';

const AT_ONCE = 16;
/** Mutants between two looks at the server: a death is one of so many. */
const BATCH = 50;

/** Damages a capture as a seed says: the same seed makes the same bytes, but for SSRC and name. */
function mutant({ over }: Capture, seed: number): (parts: readonly Buffer[]) => readonly Buffer[] {
  if (over === 'tcp') return (parts) => [mutate(Buffer.concat(parts), seed)];
  // Every packet has errors of its own, one in eight none.
  return (parts) => parts.map((part, at) => ((seed + at) % 8 === 0 && parts.length > 1 ? part : mutate(part, seed * 1000 + at)));
}

/** B9: mutants of good captures. */
export const b9: ScorecardTest = {
  id: 'B9',
  title: 'mutants of 20 good captures (RTMP, RTSP, SIP, PS and TS over TCP and UDP)',
  settings: LOOSE,
  files: [corpusIndex, witnessFile],
  async run(site) {
    const seeds = site.choose(25, 100, 500);
    const all = await captures();
    let sent = 0;
    for (const capture of all) {
      for (let first = 1; first <= seeds; first += BATCH) {
        const last = Math.min(seeds, first + BATCH - 1);
        const batch = Array.from({ length: last - first + 1 }, (_, i) => first + i);
        const start = sent;
        await inParallel(batch, AT_ONCE, (seed) => throwCapture(site, capture, start + seed - first, mutant(capture, seed)));
        sent += batch.length;
        const alive = await fetch(site.url('http', 'healthz')).then(
          ({ status }) => status === 200,
          () => false,
        );
        if (!alive) throw new Error(`dead or ill after ${capture.name}, seeds ${first} to ${last}`);
      }
    }
    return `${sent} mutants of ${all.length} captures, seeds 1 to ${seeds}, 0 deaths`;
  },
};
