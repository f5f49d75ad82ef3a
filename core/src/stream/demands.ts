import type { DemandRequest, DemandVerdict } from '../hooks/hooks.js';

/** One demand being served. */
interface Running {
  readonly verdict: Promise<DemandVerdict | undefined>;
  readonly abort: AbortController;
  /** Ends the wait of all. */
  readonly refuse: (error: unknown) => void;
  waiting: number;
}

/** Brings missing streams, one demand per path however many ask. */
export class Demands {
  readonly #ask: (request: DemandRequest) => Promise<DemandVerdict | undefined>;
  readonly #running = new Map<string, Running>();

  constructor(ask: (request: DemandRequest) => Promise<DemandVerdict | undefined>) {
    this.#ask = ask;
  }

  isRunning(path: string): boolean {
    return this.#running.has(path);
  }

  /** Paths that are asked for now. */
  paths(): IterableIterator<string> {
    return this.#running.keys();
  }

  /** Ends a demand: those who wait get `error`. False where there is none. */
  cancel(path: string, error: unknown): boolean {
    const running = this.#running.get(path);
    if (running === undefined) return false;
    this.#forget(path, running);
    running.refuse(error);
    running.abort.abort();
    return true;
  }

  /** The verdict of the demand for `path`; `undefined` where nobody can bring it. When the last who waits aborts, so does the demand. */
  async bring(path: string, signal: AbortSignal): Promise<DemandVerdict | undefined> {
    const running = this.#running.get(path) ?? this.#start(path);
    running.waiting++;
    const leave = (): void => {
      if (--running.waiting > 0) return;
      this.#forget(path, running);
      running.abort.abort();
    };
    signal.addEventListener('abort', leave, { once: true });
    try {
      return await running.verdict;
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  #start(path: string): Running {
    const abort = new AbortController();
    let refuse: Running['refuse'] = () => {};
    const refused = new Promise<never>((_, reject) => {
      refuse = reject;
    });
    const asked = this.#ask({ path, signal: abort.signal }).finally(() => this.#forget(path, running));
    const running: Running = { verdict: Promise.race([asked, refused]), abort, refuse, waiting: 0 };
    this.#running.set(path, running);
    return running;
  }

  #forget(path: string, running: Running): void {
    if (this.#running.get(path) === running) this.#running.delete(path);
  }
}
