import { messageOf, type PluginContext, type RateLimitedLog, rateLimited } from '@sluice/core';
import { deadLetterUnknown } from '../errors.js';
import type { DeadLetter, Letter } from './letter.js';
import type { Spool } from './spool.js';

/** What keeps letters: the spool, or memory alone where the disk cannot be used. Never throws where media could be hurt. */
export class Store {
  readonly #ctx: PluginContext;
  #spool: Spool | undefined;
  readonly #maxDead: number;
  readonly #log: RateLimitedLog;
  readonly #dead: Map<string, number>;

  constructor(ctx: PluginContext, spool: Spool | undefined, maxDeadLetters: number) {
    this.#ctx = ctx;
    this.#spool = spool;
    this.#maxDead = maxDeadLetters;
    this.#log = rateLimited(ctx.log, ctx.clock, 60_000);
    this.#dead = spool?.countDead() ?? new Map();
  }

  /** What was not delivered before the process ended, oldest first. */
  waiting(): Letter[] {
    return this.#spool?.waiting() ?? [];
  }

  /** Writes letters; where that fails they stay in memory. */
  add(letters: readonly Letter[], counters?: ReadonlyMap<string, number>): void {
    this.#attempt((spool) => spool.add(letters, counters));
  }

  /** The last `seq` of a counter of before. */
  lastSeq(counter: string): number | undefined {
    return this.#attempt((spool) => spool.lastSeq(counter));
  }

  bodyOf({ row, body }: Letter): string | undefined {
    return row === undefined ? body : this.#attempt((spool) => spool.body(row));
  }

  tried({ row, failures }: Letter): void {
    if (row !== undefined) this.#attempt((spool) => spool.tried(row, failures));
  }

  delete({ row }: Pick<Letter, 'row'>): void {
    if (row !== undefined) this.#attempt((spool) => spool.delete(row));
  }

  /** Makes it a dead letter; the oldest ones go for want of room. */
  bury(letter: Letter, reason: string): void {
    this.#ctx.count('dead-letter');
    if (letter.row === undefined) this.add([letter]);
    const { row, failures, hook } = letter;
    if (row === undefined) return;
    this.#attempt((spool) => {
      spool.bury(row, { reason, tries: failures, deadAtMs: this.#ctx.clock.wallMs() });
      this.#dead.set(hook, this.deadOf(hook) + 1);
      const excess = [...this.#dead.values()].reduce((sum, count) => sum + count, 0) - this.#maxDead;
      if (excess <= 0) return;
      spool.forget(excess);
      this.#ctx.count('dead-letter-lost', excess);
      this.#recount(spool);
    });
  }

  /** Dead letters of a receiver. */
  deadOf(hook: string): number {
    return this.#dead.get(hook) ?? 0;
  }

  deadLetters(afterRow: number, limit: number): DeadLetter[] {
    return this.#spool?.dead(afterRow, limit) ?? [];
  }

  /** Throws `ERR_DEAD_LETTER_UNKNOWN` (404). */
  deadLetter(id: string): DeadLetter {
    const found = /^\d{1,15}$/.test(id) ? this.#spool?.deadLetter(Number(id)) : undefined;
    if (found === undefined) throw deadLetterUnknown(id);
    return found;
  }

  /** It waits again, as if it were new. */
  revive({ row, hook, id, type, lane, atMs, body }: DeadLetter): Letter {
    this.#spool?.revive(row);
    if (this.#spool !== undefined) this.#recount(this.#spool);
    return { row, hook, id, type, lane, atMs, bytes: body.length, failures: 0, body: undefined };
  }

  deleteDead({ row }: DeadLetter): void {
    this.#spool?.delete(row);
    if (this.#spool !== undefined) this.#recount(this.#spool);
  }

  close(): void {
    this.#spool?.close();
    this.#spool = undefined;
  }

  #recount(spool: Spool): void {
    this.#dead.clear();
    for (const [hook, count] of spool.countDead()) this.#dead.set(hook, count);
  }

  #attempt<T>(use: (spool: Spool) => T): T | undefined {
    if (this.#spool === undefined) return undefined;
    try {
      return use(this.#spool);
    } catch (error) {
      this.#ctx.count('spool');
      this.#log('spool', { error: messageOf(error) }, 'the spool of webhooks cannot be used', 'error');
      return undefined;
    }
  }
}
