import { Buffer } from 'node:buffer';
import type { AllocationMeter } from './allocation.js';
import { execute, type Fault, type Verdict } from './execute.js';
import { findHolder } from './held.js';
import { mutate } from './mutate.js';
import { Random } from './random.js';
import { seedsOf } from './seeds.js';
import { DEFAULT_INPUT_BYTES, type Target } from './target.js';

/** An input that showed a fault. */
export interface Found {
  readonly target: string;
  readonly input: Buffer;
  readonly fault: Fault;
}

/** What was done with a target. */
export interface TargetCounts {
  executions: number;
  ms: number;
  /** Ways that inputs went, and codes of errors, so far. */
  ways: number;
  codes: readonly string[];
  seeds: number;
}

/** What the fuzzing of all targets of a thread shares. */
export interface FuzzTools {
  readonly meter: AllocationMeter;
  readonly collect: () => void;
  /** An input is about to be executed. */
  readonly begin: (target: string, input: Buffer) => void;
}

const MAX_POOL = 1024;
const HELD_EVERY = 2000;
const HELD_INPUTS = 32;
/** Tries at making an input that shows a fault smaller. */
const MAX_SHRINKS = 400;

/** Fuzzes one target: seeds first, then what mutations make of them. Inputs that go a new way become seeds. The same seed gives the same inputs. */
export class TargetFuzz {
  readonly counts: TargetCounts = { executions: 0, ms: 0, ways: 0, codes: [], seeds: 0 };
  readonly #target: Target;
  readonly #tools: FuzzTools;
  readonly #random: Random;
  readonly #words: readonly Buffer[];
  readonly #pool: Buffer[];
  readonly #ways = new Set<string>();
  readonly #codes = new Set<string>();
  readonly #faults = new Set<string>();
  #nextSeed = 0;
  #sinceHeld = 0;

  constructor(target: Target, seed: string, tools: FuzzTools) {
    this.#target = target;
    this.#tools = tools;
    this.#random = new Random(`${seed} ${target.name}`);
    this.#words = (target.words ?? []).map((word) => Buffer.from(word as string));
    const seeds = seedsOf(target);
    this.#pool = seeds.length > 0 ? seeds : [Buffer.from('0')];
    this.counts.seeds = seeds.length;
  }

  /** Goes on for so long, in milliseconds; answers what it found. */
  async work(ms: number): Promise<Found[]> {
    const startedMs = performance.now();
    const found: Found[] = [];
    do {
      const one = await this.#one();
      if (one !== undefined) found.push(one);
    } while (performance.now() - startedMs < ms);
    this.counts.ms += performance.now() - startedMs;
    this.counts.ways = this.#ways.size;
    this.counts.codes = [...this.#codes].sort();
    return found;
  }

  async #one(): Promise<Found | undefined> {
    if (this.#sinceHeld >= HELD_EVERY) return this.#lookAtHeld();
    this.#sinceHeld++;
    const seed = this.#nextSeed < this.counts.seeds ? this.#pool[this.#nextSeed++] : undefined;
    const input = seed ?? this.#mutation();
    const verdict = await this.#execute(input);
    if (verdict.code !== undefined) this.#codes.add(verdict.code);
    if (this.#ways.has(verdict.way)) return undefined;
    this.#ways.add(verdict.way);
    if (verdict.fault === undefined) {
      if (seed === undefined) this.#keep(input);
      return undefined;
    }
    return this.#found(await this.#shrink(input, verdict), verdict);
  }

  #execute(input: Buffer): Promise<Verdict> {
    this.counts.executions++;
    this.#tools.begin(this.#target.name, input);
    return execute(this.#target, Buffer.from(input), this.#tools.meter);
  }

  #mutation(): Buffer {
    const random = this.#random;
    // What was found last is the most promising.
    const from = random.once(3) ? this.#pool.length - 1 - random.below(Math.min(16, this.#pool.length)) : random.below(this.#pool.length);
    const { maxBytes = DEFAULT_INPUT_BYTES } = this.#target;
    return mutate(this.#pool[from] as Buffer, { random, maxBytes, pool: this.#pool, words: this.#words });
  }

  #keep(input: Buffer): void {
    if (this.#pool.length < MAX_POOL) this.#pool.push(input);
    else this.#pool[this.#random.below(this.#pool.length)] = input;
  }

  #found(input: Buffer, { fault, way }: Verdict): Found | undefined {
    if (fault === undefined || this.#faults.has(way)) return undefined;
    this.#faults.add(way);
    return { target: this.#target.name, input, fault };
  }

  /** Leaves out whatever the fault does without. */
  async #shrink(input: Buffer, { way, fault }: Verdict): Promise<Buffer> {
    if (fault?.kind === 'slow') return input;
    let best = input;
    let tries = 0;
    for (let size = input.length >> 1; size > 0; size >>= 1) {
      for (let at = 0; at < best.length && tries < MAX_SHRINKS; ) {
        tries++;
        const smaller = Buffer.concat([best.subarray(0, at), best.subarray(at + size)]);
        if ((await this.#execute(smaller)).way === way) best = smaller;
        else at += size;
      }
    }
    return best;
  }

  async #lookAtHeld(): Promise<Found | undefined> {
    this.#sinceHeld = 0;
    const { meter, collect, begin } = this.#tools;
    const inputs = Array.from({ length: HELD_INPUTS }, () => this.#mutation());
    begin(this.#target.name, inputs[0] as Buffer);
    const holder = await findHolder(this.#target, inputs, meter, collect);
    return holder === undefined ? undefined : this.#found(holder.input, { way: 'held', code: undefined, fault: holder.fault });
  }
}
