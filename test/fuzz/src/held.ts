import type { Buffer } from 'node:buffer';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { AllocationMeter } from './allocation.js';
import { type Fault, run } from './execute.js';
import type { Feed, Target } from './target.js';

const HELD_BYTES = 256 * 1024;
const HELD_PER_BYTE = 16;
const COPIES = 8;

/** Makes the collector callable. */
export function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

/** Bytes in use once everything that can go is gone. */
export function bytesInUse(collect: () => void): number {
  // The memory of buffers is given back by the collection after the one that found them.
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Looks at what parsers hold that were given these inputs: memory may grow with what came, never with what was announced. Answers an input that makes one hold too much. */
export async function findHolder(
  target: Target,
  inputs: readonly Buffer[],
  meter: AllocationMeter,
  collect: () => void,
): Promise<{ readonly input: Buffer; readonly fault: Fault } | undefined> {
  const allowed = (input: Buffer) => (target.heldBytes ?? HELD_BYTES) + HELD_PER_BYTE * input.length;
  const total = inputs.reduce((sum, input) => sum + allowed(input), 0);
  if ((await heldBy(target, inputs, meter, collect)) <= total) return undefined;
  for (const input of inputs) {
    // Several of one, as the collector has its own mind about a single one.
    const held = (await heldBy(target, new Array<Buffer>(COPIES).fill(input), meter, collect)) / COPIES;
    if (held > allowed(input)) return { input, fault: { kind: 'held', message: `${Math.round(held)} bytes are held for ${input.length}` } };
  }
  return undefined;
}

async function heldBy(target: Target, inputs: readonly Buffer[], meter: AllocationMeter, collect: () => void): Promise<number> {
  const before = bytesInUse(collect);
  const feeds: (Feed | undefined)[] = [];
  for (const input of inputs) feeds.push((await run({ ...target, start: (tell) => withoutEnd(target.start(tell)) }, [input], meter)).feed);
  const held = bytesInUse(collect) - before;
  return feeds.length > 0 ? held : 0;
}

/** A parser whose input is not over holds the most. */
function withoutEnd(feed: Feed): Feed {
  return { push: (piece) => feed.push(piece) };
}
