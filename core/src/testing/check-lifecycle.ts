import { SluiceError } from '../error.js';
import type { PluginEntry } from '../preset/define-preset.js';
import { LeakWatch } from './leak-watch.js';
import { startTestEngine, type TestEngine } from './test-engine.js';

/** What is to be started and stopped. */
export interface LifecycleCheck {
  /** The plugin, and others that it needs. */
  readonly plugins: readonly PluginEntry[];
  readonly config?: Readonly<Record<string, unknown>>;
  /** Uses it while it runs: what is never used leaks nothing. */
  readonly use?: (engine: TestEngine) => Promise<void>;
  /** How often it is started, in one process. Default 2. */
  readonly rounds?: number;
  /** How long closing may take after each stop, in milliseconds. Default 6000. */
  readonly settleMs?: number;
}

/**
 * Starts an engine with the plugin, uses it, stops it; and again. Rejects with `ERR_TEST_LEAK` where a timer, a socket, a process or a listener on
 * `process` is left, naming the place it was opened at; with `ERR_TEST_FAULT` where a handler threw; and with what start and stop reject with.
 */
export async function checkLifecycle({ plugins, config, use, rounds = 2, settleMs }: LifecycleCheck): Promise<void> {
  for (let round = 1; round <= rounds; round++) {
    const watch = new LeakWatch();
    let faulty: readonly string[] = [];
    try {
      const engine = await startTestEngine({ plugins, ...(config === undefined ? {} : { config }) });
      try {
        await use?.(engine);
        faulty = engine.info.plugins().flatMap(({ name, state }) => (state === 'ready' ? [] : [`${name} is ${state}`]));
      } finally {
        await engine.dispose();
      }
      if (engine.addresses.length > 0) throw new SluiceError('ERR_TEST_LEAK', `still listening: ${engine.addresses.map(({ name }) => name).join(', ')}`);
    } finally {
      const left = await watch.finish(settleMs);
      // What went wrong before says more.
      if (left.length > 0 && faulty.length === 0) faulty = left.map((line) => `left open in round ${round}: ${line}`);
    }
    if (faulty.length > 0) throw new SluiceError(faulty[0]?.startsWith('left') ? 'ERR_TEST_LEAK' : 'ERR_TEST_FAULT', faulty.join('\n'));
  }
}
