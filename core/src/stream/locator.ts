import { SluiceError } from '../error.js';
import type { EngineHooks } from '../hooks/hooks.js';
import type { Clock } from '../kernel/clock.js';
import { Demands } from './demands.js';
import type { Stream } from './stream.js';

/** What a locator works with. */
export interface LocatorDependencies {
  readonly hooks: Pick<EngineHooks, 'demand'>;
  readonly clock: Clock;
  /** Longest wait for a stream, in milliseconds. */
  readonly waitMs: number;
  readonly find: (path: string) => Stream | undefined;
}

/** Finds streams, has those brought that are missing, and lets those who want one wait for it. */
export class Locator {
  readonly #clock: Clock;
  readonly #waitMs: number;
  readonly #find: LocatorDependencies['find'];
  readonly #demands: Demands;
  /** Those who wait for a stream that is not there yet, by path. */
  readonly #arrivals = new Map<string, Set<() => void>>();
  readonly #closed = new AbortController();

  constructor({ hooks, clock, waitMs, find }: LocatorDependencies) {
    this.#clock = clock;
    this.#waitMs = waitMs;
    this.#find = find;
    this.#demands = new Demands((request) => hooks.demand.promise(request));
  }

  /** Whether a demand for `path` is being served. */
  isDemanded(path: string): boolean {
    return this.#demands.isRunning(path);
  }

  /** Whether somebody waits for `path`, which is not there. */
  isAwaited(path: string): boolean {
    return this.#demands.isRunning(path) || this.#arrivals.has(path);
  }

  /** Paths that are not there yet and that are waited for. */
  get awaited(): string[] {
    return [...new Set([...this.#demands.paths(), ...this.#arrivals.keys()])].filter((path) => this.#find(path) === undefined);
  }

  /** The stream once it can be shown; brings it where it is missing. */
  async locate(path: string, outer: AbortSignal | undefined): Promise<Stream> {
    const { signal, release } = this.#waitSignal(outer);
    try {
      if (this.#find(path) === undefined) {
        await this.#bring(path, signal);
        if (this.#find(path) === undefined) await this.#arrival(path, signal);
      }
      for (;;) {
        const stream = this.#find(path);
        if (stream?.ready === true) return stream;
        if (stream === undefined) throw notFound(path);
        if (signal.aborted) throw timedOut(path, stream);
        await stream.changed(signal);
      }
    } finally {
      release();
    }
  }

  /** A signal for one wait: its time is over, its owner gave up, or the engine goes. By hand, as `AbortSignal.any` holds on to long-lived signals. */
  #waitSignal(outer: AbortSignal | undefined): { signal: AbortSignal; release: () => void } {
    const wait = new AbortController();
    const abort = (): void => wait.abort();
    const stopTimer = this.#clock.after(this.#waitMs, abort);
    const sources = outer === undefined ? [this.#closed.signal] : [this.#closed.signal, outer];
    for (const source of sources) {
      if (source.aborted) abort();
      else source.addEventListener('abort', abort);
    }
    const release = (): void => {
      stopTimer();
      for (const source of sources) source.removeEventListener('abort', abort);
    };
    return { signal: wait.signal, release };
  }

  /** Resolves when a publisher of `path` comes on, or nobody waits any more. */
  #arrival(path: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const waiting = this.#arrivals.get(path) ?? new Set();
      this.#arrivals.set(path, waiting);
      const done = (): void => {
        waiting.delete(done);
        if (waiting.size === 0) this.#arrivals.delete(path);
        resolve();
      };
      waiting.add(done);
      signal.addEventListener('abort', done);
      if (signal.aborted) done();
    });
  }

  async #bring(path: string, signal: AbortSignal): Promise<void> {
    const verdict = await Promise.race([this.#demands.bring(path, signal), aborted(signal)]);
    if (verdict === undefined) throw notFound(path);
    if (!verdict.served) throw new SluiceError(verdict.code, verdict.message, { status: verdict.status });
    const stream = this.#find(path);
    if (stream !== undefined) stream.demanded = true;
  }

  /** A stream of `path` came on. */
  arrived(path: string): void {
    for (const arrived of [...(this.#arrivals.get(path) ?? [])]) arrived();
  }

  /** Nobody waits for `path` any more. False where nobody did. */
  endWait(path: string): boolean {
    const asked = this.#demands.cancel(path, notFound(path));
    const waited = this.#arrivals.has(path);
    this.arrived(path);
    return asked || waited;
  }

  /** Every wait ends. */
  close(): void {
    this.#closed.abort();
  }
}

function notFound(path: string): SluiceError {
  return new SluiceError('ERR_STREAM_NOT_FOUND', `no stream ${path}`, { status: 404 });
}

function timedOut(path: string, stream: Stream): SluiceError {
  const what = stream.publisher === undefined ? 'no publisher' : 'its publisher sent nothing that can be shown';
  return new SluiceError('ERR_STREAM_NOT_READY', `${path}: ${what}`, { status: 504 });
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => reject(new SluiceError('ERR_DEMAND_TIMEOUT', 'the stream did not come in time', { status: 504 }));
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
}
