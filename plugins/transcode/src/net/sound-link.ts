import { Buffer } from 'node:buffer';
import type { Order, Result, ResultBatch, SourceFormat, TargetFormat } from '../worker/messages.js';
import type { SoundThread, StartThread } from './sound-thread.js';

/** Coded sound that one track may have under way; what comes then is left out. */
const MAX_QUEUED_BYTES = 512 * 1024;
const MAX_QUEUED_UNITS = 2048;
/** A thread that crashes this often within a minute is not started again. */
const MAX_CRASHES = 5;
const CRASH_WINDOW_MS = 60_000;

/** What a track is told. */
export interface SoundListener {
  unit(bytes: Buffer, ticks: number): void;
  /** Sound was lost, for this reason. */
  lost(kind: 'overload' | 'damaged' | 'crash'): void;
  /** This track cannot be made. */
  failed(message: string): void;
  /** The thread is given up; another one may do. */
  gone(): void;
}

/** One track in the making. */
export interface SoundTrack {
  /** From here on units are coded like this. */
  setSource(source: SourceFormat): void;
  push(units: readonly Buffer[], seconds: number): void;
  close(): void;
}

/** What a link works with. */
export interface SoundLinkDependencies {
  readonly start: StartThread;
  readonly now: () => number;
  /** The thread crashed; it was started again, or given up. */
  readonly crashed: (error: unknown) => void;
}

interface Entry {
  readonly id: number;
  readonly target: TargetFormat;
  readonly listener: SoundListener;
  source: SourceFormat | undefined;
  queuedBytes: number;
  queuedUnits: number;
}

/** All tracks of one thread, which is started for the first one. Orders of one turn of the event loop go in one message. */
export class SoundLink {
  readonly #dependencies: SoundLinkDependencies;
  readonly #entries = new Map<number, Entry>();
  #thread: SoundThread | undefined;
  #ids = 0;
  #orders: Order[] = [];
  #units: Buffer[] = [];
  #crashes: number[] = [];
  #givenUp = false;

  constructor(dependencies: SoundLinkDependencies) {
    this.#dependencies = dependencies;
  }

  /** Tracks in the making. */
  get size(): number {
    return this.#entries.size;
  }
  /** False once the thread crashed too often. */
  get works(): boolean {
    return !this.#givenUp;
  }

  /** Starts the thread before there is a track. */
  warm(): void {
    if (!this.#givenUp) this.#thread ??= this.#start();
  }

  open(target: TargetFormat, listener: SoundListener): SoundTrack {
    this.#ids++;
    const entry: Entry = { id: this.#ids, target, listener, source: undefined, queuedBytes: 0, queuedUnits: 0 };
    this.#entries.set(entry.id, entry);
    this.#order({ kind: 'open', id: entry.id, target });
    return {
      setSource: (source) => {
        entry.source = source;
        this.#order({ kind: 'source', id: entry.id, source });
      },
      push: (units, seconds) => this.#push(entry, units, seconds),
      close: () => {
        if (this.#entries.delete(entry.id)) this.#order({ kind: 'close', id: entry.id });
      },
    };
  }

  #push(entry: Entry, units: readonly Buffer[], seconds: number): void {
    if (!this.#entries.has(entry.id)) return;
    const length = units.reduce((sum, unit) => sum + unit.length, 0);
    if (entry.queuedBytes + length > MAX_QUEUED_BYTES || entry.queuedUnits >= MAX_QUEUED_UNITS) {
      entry.listener.lost('overload');
      return;
    }
    entry.queuedBytes += length;
    entry.queuedUnits++;
    this.#units.push(...units);
    this.#order({ kind: 'unit', id: entry.id, seconds, length });
  }

  #order(order: Order): void {
    if (this.#orders.push(order) === 1) setImmediate(() => this.#flush());
  }

  #flush(): void {
    const orders = this.#orders;
    // A copy, as views of larger buffers would be sent with all around them.
    const joined = Buffer.concat(this.#units);
    const bytes = new Uint8Array(joined.length);
    bytes.set(joined);
    this.#orders = [];
    this.#units = [];
    if (this.#givenUp || (this.#thread === undefined && this.#entries.size === 0)) return;
    this.#thread ??= this.#start();
    this.#thread.post({ orders, bytes });
  }

  #start(): SoundThread {
    return this.#dependencies.start({ results: (batch) => this.#receive(batch), crashed: (error) => this.#crashed(error) });
  }

  #receive({ results, bytes }: ResultBatch): void {
    let offset = 0;
    for (const result of results) {
      const entry = this.#entries.get(result.id);
      const length = result.kind === 'unit' ? result.length : 0;
      if (entry !== undefined) this.#tell(entry, result, Buffer.from(bytes.buffer, bytes.byteOffset + offset, length));
      offset += length;
    }
  }

  #tell(entry: Entry, result: Result, bytes: Buffer): void {
    if (result.kind === 'unit') entry.listener.unit(bytes, result.ticks);
    else if (result.kind === 'damaged') entry.listener.lost('damaged');
    else if (result.kind === 'failed') {
      this.#entries.delete(entry.id);
      entry.listener.failed(result.message);
    } else {
      entry.queuedBytes -= result.bytes;
      entry.queuedUnits -= result.units;
    }
  }

  /** Every track goes on in a new thread; what was under way is lost. */
  #crashed(error: unknown): void {
    this.#thread = undefined;
    const now = this.#dependencies.now();
    this.#crashes = [...this.#crashes.filter((at) => now - at < CRASH_WINDOW_MS), now];
    this.#givenUp = this.#crashes.length >= MAX_CRASHES;
    this.#dependencies.crashed(error);
    this.#orders = [];
    this.#units = [];
    for (const entry of [...this.#entries.values()]) {
      if (!this.#givenUp) {
        this.#reopen(entry);
        continue;
      }
      this.#entries.delete(entry.id);
      entry.listener.gone();
    }
  }

  #reopen(entry: Entry): void {
    entry.listener.lost('crash');
    entry.queuedBytes = 0;
    entry.queuedUnits = 0;
    this.#order({ kind: 'open', id: entry.id, target: entry.target });
    if (entry.source !== undefined) this.#order({ kind: 'source', id: entry.id, source: entry.source });
  }

  async close(): Promise<void> {
    this.#givenUp = true;
    this.#entries.clear();
    await this.#thread?.close();
  }
}
