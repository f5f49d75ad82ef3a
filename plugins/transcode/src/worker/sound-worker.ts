import { FilterBanks } from '../audio/filter-bank.js';
import { isTrap } from '../audio/pcm.js';
import { SoundPipeline } from '../audio/pipeline.js';
import type { Codecs } from './codecs.js';
import type { Order, OrderBatch, Result, ResultBatch, SourceFormat, TargetFormat } from './messages.js';

/** So many units in a row that cannot be decoded, and it is not their fault. */
const MAX_DAMAGED_UNITS = 100;

interface Task {
  readonly target: TargetFormat;
  pipeline: SoundPipeline | undefined;
  damagedUnits: number;
}

/** The worker's side: carries out batches of orders one after another. One that fails ends its own track only. */
export class SoundWorker {
  readonly #codecs: Codecs;
  readonly #banks = new FilterBanks();
  readonly #tasks = new Map<number, Task>();
  readonly #answer: (batch: ResultBatch) => void;
  #results: Result[] = [];
  #pieces: Uint8Array[] = [];
  #last: Promise<void> = Promise.resolve();

  constructor(codecs: Codecs, answer: (batch: ResultBatch) => void) {
    this.#codecs = codecs;
    this.#answer = answer;
  }

  /** Resolves when the batch is done; rejects where the codecs broke and the thread is of no use any more. */
  receive(batch: OrderBatch): Promise<void> {
    this.#last = this.#last.then(() => this.#carryOut(batch));
    return this.#last;
  }

  async #carryOut({ orders, bytes }: OrderBatch): Promise<void> {
    let offset = 0;
    try {
      for (const order of orders) {
        if (order.kind === 'unit') {
          this.#unit(order.id, bytes.subarray(offset, offset + order.length), order.seconds);
          offset += order.length;
        } else {
          await this.#control(order).catch((error: unknown) => this.#fail(order.id, error));
        }
      }
    } finally {
      this.#report();
    }
  }

  async #control(order: Exclude<Order, { readonly kind: 'unit' }>): Promise<void> {
    const { id, kind } = order;
    if (kind === 'open') this.#tasks.set(id, { target: order.target, pipeline: undefined, damagedUnits: 0 });
    else if (kind === 'close') this.#close(id);
    else await this.#source(id, order.source);
  }

  async #source(id: number, source: SourceFormat): Promise<void> {
    const task = this.#tasks.get(id);
    if (task === undefined) return;
    const decoder = await this.#codecs.decoder(source);
    if (task.pipeline !== undefined) {
      task.pipeline.setDecoder(decoder);
      return;
    }
    const encoder = await this.#codecs.encoder(task.target);
    task.pipeline = new SoundPipeline(task.target, encoder, decoder, this.#banks, (unit, ticks) => {
      this.#results.push({ kind: 'unit', id, ticks, length: unit.length });
      this.#pieces.push(unit);
    });
  }

  #unit(id: number, unit: Uint8Array, seconds: number): void {
    this.#results.push({ kind: 'taken', id, units: 1, bytes: unit.length });
    const task = this.#tasks.get(id);
    if (task?.pipeline === undefined) return;
    try {
      if (task.pipeline.push(unit, seconds)) {
        task.damagedUnits = 0;
        return;
      }
    } catch (error) {
      this.#fail(id, error);
      // The track is told, and the thread ends: the others go on in a new one.
      if (isTrap(error)) throw error;
      return;
    }
    this.#results.push({ kind: 'damaged', id });
    task.damagedUnits++;
    if (task.damagedUnits >= MAX_DAMAGED_UNITS) this.#fail(id, new Error('the sound cannot be decoded'));
  }

  #fail(id: number, error: unknown): void {
    this.#close(id);
    this.#results.push({ kind: 'failed', id, message: error instanceof Error ? error.message : String(error) });
  }

  #close(id: number): void {
    const task = this.#tasks.get(id);
    this.#tasks.delete(id);
    try {
      task?.pipeline?.close();
    } catch {
      // What broke before cannot be closed either.
    }
  }

  #report(): void {
    if (this.#results.length === 0) return;
    const bytes = new Uint8Array(this.#pieces.reduce((sum, { length }) => sum + length, 0));
    let offset = 0;
    for (const piece of this.#pieces) {
      bytes.set(piece, offset);
      offset += piece.length;
    }
    this.#answer({ results: this.#results, bytes });
    this.#results = [];
    this.#pieces = [];
  }
}
