import { Buffer } from 'node:buffer';
import { SluiceError } from '@sluice/core';
import type { AllocationMeter } from './allocation.js';
import { Digest } from './digest.js';
import { hash, Random } from './random.js';
import type { Feed, Target } from './target.js';
import { threadMs } from './thread-time.js';

/** What is wrong with a parser. */
export type FaultKind = 'threw' | 'slow' | 'allocated' | 'told' | 'changed-input' | 'cuts' | 'held' | 'hang' | 'died';

/** A fault that an input showed. */
export interface Fault {
  readonly kind: FaultKind;
  readonly message: string;
}

/** What came of one input. */
export interface Verdict {
  /** Faults of one kind and place have the same text here; so have inputs that went the same way. */
  readonly way: string;
  /** The code of the `SluiceError`, where there was one. */
  readonly code: string | undefined;
  readonly fault: Fault | undefined;
}

interface Run {
  readonly digest: Digest;
  readonly error: unknown;
  readonly ms: number;
  readonly allocated: number;
  readonly feed: Feed | undefined;
}

/** Whole inputs are at most 16 KiB or so, and take well under a millisecond. */
const SLOW_MS = 250;
const TOLD_BASE_BYTES = 1 << 20;
const TOLD_PER_BYTE = 64;
const ALLOCATED_BASE_BYTES = 4 << 20;
const ALLOCATED_PER_BYTE = 64;
const MAX_PIECES = 200;
const OVERWRITTEN = 0xa5;

/** Gives one input to a target, whole and in pieces, and judges what it does. The pieces depend on the input alone, so that a file is all that has to be kept. */
export async function execute(target: Target, input: Buffer, meter: AllocationMeter): Promise<Verdict> {
  const pristine = Buffer.from(input);
  const whole = await run(target, [input], meter);
  const code = whole.error instanceof SluiceError ? whole.error.code : undefined;
  const way = wayOf(whole);
  const done = (kind: FaultKind, message: string): Verdict => ({
    way: `${kind} ${kind === 'threw' ? placeOf(whole.error) : ''}`,
    code,
    fault: { kind, message },
  });
  if (whole.error !== undefined && code === undefined) return done('threw', textOf(whole.error));
  if (!input.equals(pristine)) return done('changed-input', 'the parser wrote into its input');
  if (whole.allocated > ALLOCATED_BASE_BYTES + ALLOCATED_PER_BYTE * input.length) return done('allocated', `${whole.allocated} bytes for ${input.length}`);
  if (whole.digest.bytes > TOLD_BASE_BYTES + TOLD_PER_BYTE * input.length) return done('told', `${whole.digest.bytes} bytes for ${input.length}`);
  const slowMs = target.slowMs ?? SLOW_MS;
  if (whole.ms > slowMs) {
    const ms = await fastest(target, () => [input], meter);
    if (ms > slowMs) return done('slow', `${Math.round(ms)} ms for ${input.length} bytes`);
  }
  if (target.cuts === 'whole' || input.length < 2) return { way, code, fault: undefined };
  return (await cutInPieces(target, pristine, whole, meter)) ?? { way, code, fault: undefined };
}

async function cutInPieces(target: Target, input: Buffer, whole: Run, meter: AllocationMeter): Promise<Verdict | undefined> {
  const pieces = cut(input);
  const inPieces = await run(target, pieces, meter);
  const found = (kind: FaultKind, message: string, error?: unknown): Verdict => ({
    way: `${kind} pieces ${error === undefined ? '' : placeOf(error)}`,
    code: undefined,
    fault: { kind, message: `${message} (in ${pieces.length} pieces)` },
  });
  if (inPieces.error !== undefined && !(inPieces.error instanceof SluiceError)) return found('threw', textOf(inPieces.error), inPieces.error);
  const slowMs = 2 * (target.slowMs ?? SLOW_MS);
  if (inPieces.ms > slowMs) {
    const ms = await fastest(target, () => cut(input), meter);
    if (ms > slowMs) return found('slow', `${Math.round(ms)} ms for ${input.length} bytes`);
  }
  if (target.cuts === 'anything') return undefined;
  const failed = whole.error !== undefined;
  if (target.cuts === 'end' && failed && inPieces.error !== undefined) return undefined;
  if (codeOf(whole.error) !== codeOf(inPieces.error)) return found('cuts', `${codeOf(inPieces.error)} in pieces, ${codeOf(whole.error)} whole`);
  if (whole.digest.value !== inPieces.digest.value) {
    return found('cuts', `in pieces ${summary(inPieces.digest)} was told, whole ${summary(whole.digest)}`);
  }
  return undefined;
}

/** Starts a target on pieces; keeps the parser where it did not throw. */
export async function run(target: Target, pieces: readonly Buffer[], meter: AllocationMeter): Promise<Run> {
  const digest = new Digest();
  let error: unknown;
  let feed: Feed | undefined;
  meter.take();
  const startedMs = performance.now();
  try {
    feed = target.start((label, ...values) => digest.add(label, values));
    for (const piece of pieces) {
      const pending = feed.push(piece);
      if (pending !== undefined) await pending;
      if (target.copies === true && pieces.length > 1) piece.fill(OVERWRITTEN);
    }
    feed.end?.();
  } catch (thrown) {
    error = thrown ?? new Error('nothing was thrown');
  }
  return { digest, error, ms: performance.now() - startedMs, allocated: meter.take(), feed };
}

/** A busy machine makes anything slow once: what counts is the best of some, by the thread's own time where the system tells it. */
async function fastest(target: Target, pieces: () => readonly Buffer[], meter: AllocationMeter): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let n = 0; n < 4; n++) {
    const startedMs = threadMs();
    await run(target, pieces(), meter);
    best = Math.min(best, threadMs() - startedMs);
  }
  return best;
}

/** Cuts an input into copies of its parts, by a way that the input itself decides. */
function cut(input: Buffer): Buffer[] {
  const random = new Random(`cut ${input.length} ${hash(input.toString('latin1', 0, 4096))}`);
  const most = random.pick([1, 2, 7, 64, 1024, input.length]);
  const shortest = Math.ceil(input.length / MAX_PIECES);
  const pieces: Buffer[] = [];
  for (let at = 0; at < input.length; ) {
    const length = Math.max(shortest, 1 + random.below(most));
    pieces.push(Buffer.from(input.subarray(at, at + length)));
    at += length;
  }
  return pieces;
}

function codeOf(error: unknown): string {
  return error instanceof SluiceError ? error.code : 'no error';
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Where an error was thrown: the same place is the same fault. */
function placeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const [first = '', ...frames] = (error.stack ?? '').split('\n');
  const frame = frames.find((line) => /\/(core|plugins)\//.test(line)) ?? frames[0] ?? '';
  return `${first.replace(/\d+/g, '#')} ${frame.trim()}`;
}

function summary({ labels, bytes }: Digest): string {
  return `${[...labels].map(([label, count]) => `${count} ${label}`).join(', ') || 'nothing'} of ${bytes} bytes`;
}

/** A coarse picture of what a parser did: inputs that make a new one are worth keeping. */
function wayOf({ error, digest }: Run): string {
  const said =
    error instanceof SluiceError
      ? `${error.code} ${error.message
          .replace(/['"`].*$/s, '')
          .replace(/\d+/g, '#')
          .slice(0, 80)}`
      : '';
  const told = [...digest.labels].map(([label, count]) => `${label}${Math.floor(Math.log2(count))}`).sort();
  return `${said}|${told.join(' ')}|${Math.floor(Math.log2(digest.bytes + 1))}|${digest.shape}`;
}
