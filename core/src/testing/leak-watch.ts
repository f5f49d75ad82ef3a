import { createHook } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a plugin may open, and what it is called in a message. */
const WATCHED: ReadonlyMap<string, string> = new Map([
  ['Timeout', 'a timer'],
  ['TCPSERVERWRAP', 'a listening socket'],
  ['TCPWRAP', 'a connection'],
  ['PIPESERVERWRAP', 'a listening pipe'],
  ['PIPEWRAP', 'a pipe'],
  ['UDPWRAP', 'a UDP port'],
  ['PROCESSWRAP', 'a process'],
  ['WORKER', 'a worker thread'],
  ['FSEVENTWRAP', 'a file watcher'],
  ['STATWATCHER', 'a file watcher'],
]);

/** Closing takes a few turns of the event loop, more on a busy machine; the core's own timers that run once are over after five seconds. */
export const SETTLE_MS = 6000;
const LOOK_EVERY_MS = 10;
const STACK_DEPTH = 25;

interface Opened {
  readonly what: string;
  readonly stack: string;
}

/** Watches what is opened and not closed: timers (those that keep no process alive too), sockets, processes, threads, and listeners on `process`. */
export class LeakWatch {
  readonly #open = new Map<number, Opened>();
  readonly #hook = createHook({
    init: (id, type) => this.#opened(id, type),
    destroy: (id) => void this.#open.delete(id),
  });
  readonly #listeners = processListeners();
  #recording = true;

  /** Begins to watch. */
  constructor() {
    // Made when they are first asked for, and there to stay.
    void process.stdout;
    void process.stderr;
    this.#hook.enable();
  }

  #opened(id: number, type: string): void {
    const what = WATCHED.get(type);
    if (what === undefined || !this.#recording) return;
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = STACK_DEPTH;
    const stack = placesOf(new Error().stack ?? '');
    Error.stackTraceLimit = stackTraceLimit;
    // Timers that Node sets for itself (its pool of connections, its test runner) are nobody's leak.
    if (stack === '' && type === 'Timeout') return;
    this.#open.set(id, { what, stack: stack === '' ? 'in a later turn of the event loop' : stack });
  }

  /** Stops watching; answers what is still open after `settleMs` to close, a line each with the place it was opened at. */
  async finish(settleMs = SETTLE_MS): Promise<readonly string[]> {
    // What was asked for may be opened a turn later: a server that listens on a name looks it up first.
    await sleep(LOOK_EVERY_MS);
    this.#recording = false;
    const endMs = performance.now() + settleMs;
    while (this.#open.size > 0 && performance.now() < endMs) await sleep(LOOK_EVERY_MS);
    this.#hook.disable();
    const open = [...this.#open.values()].map(({ what, stack }) => `${what} opened ${stack}`);
    const listeners = [...processListeners()].flatMap(([event, count]) => {
      const more = count - (this.#listeners.get(event) ?? 0);
      return more > 0 ? [`${more === 1 ? 'a listener' : `${more} listeners`} on process '${String(event)}'`] : [];
    });
    return [...open, ...listeners];
  }
}

/** The nearest places outside Node; empty where there is none. */
function placesOf(stack: string): string {
  const places = stack
    .split('\n')
    .slice(1)
    .map((line) => line.trim())
    .filter((line) => !line.includes('node:') && !line.includes('leak-watch'));
  return places.slice(0, 3).join(' ');
}

function processListeners(): ReadonlyMap<string | symbol, number> {
  return new Map(process.eventNames().map((event) => [event, process.listenerCount(event)]));
}
