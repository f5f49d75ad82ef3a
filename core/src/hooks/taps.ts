import { messageOf, SluiceError } from '../error.js';
import type { EngineHooks, HookTaps, TapOptions } from './hooks.js';

/** Longest a tap may take. */
export const HOOK_TIMEOUT_MS = 10_000;

/** What a plugin's taps need to know of it. */
export interface TapOwner {
  readonly plugin: string;
  /** False once the plugin is disposed: its taps do nothing any more, as tapable cannot untap. */
  readonly active: () => boolean;
  /** What must not be: a handler that throws (what decisions are refused with is none of it), or does not answer. News goes on to the others. */
  readonly onError: (hook: string, error: unknown) => void;
  /** A handler took `ms` before it returned. */
  readonly onRan?: (hook: string, ms: number) => void;
  /** Longest a tap may take, in milliseconds; demands take as long as the one who waits. */
  readonly timeoutMs: number;
}

type Handler = (...args: never[]) => unknown;
interface AsyncTappable {
  tapPromise(options: { name: string; stage: number }, handler: (...args: never[]) => Promise<unknown>): void;
}
interface SyncTappable {
  tap(options: { name: string; stage: number }, handler: (...args: never[]) => void): void;
}

/** The facade of the hooks for one plugin: taps only, errors stamped with the plugin's name, inert after disposal. */
export function createTaps(hooks: EngineHooks, owner: TapOwner): HookTaps {
  const { timeoutMs } = owner;
  /** Everybody waits for what a handler does before it returns. */
  const timed = <T>(name: string, run: () => T): T => {
    const startedMs = performance.now();
    try {
      return run();
    } finally {
      owner.onRan?.(name, performance.now() - startedMs);
    }
  };
  const decide = (name: keyof EngineHooks, limitMs: number, passThrough: boolean) => (handler: Handler, options?: TapOptions) => {
    (hooks[name] as unknown as AsyncTappable).tapPromise({ name: owner.plugin, stage: options?.stage ?? 0 }, async (...args) => {
      if (!owner.active()) return passThrough ? args[0] : undefined;
      try {
        return await withTimeout(
          timed(name, () => handler(...args)),
          limitMs,
        );
      } catch (error) {
        if (!(error instanceof SluiceError) || error.code === 'ERR_TIMEOUT') owner.onError(name, error);
        throw stamp(owner.plugin, name, error);
      }
    });
  };
  // Nobody's failure keeps the others from ending their work.
  const wind: HookTaps['shutdown'] = (handler, options) => {
    hooks.shutdown.tapPromise({ name: owner.plugin, stage: options?.stage ?? 0 }, async (request) => {
      if (!owner.active()) return;
      try {
        await withTimeout(handler(request), Math.max(1, Math.min(timeoutMs, request.deadlineMs)));
      } catch (error) {
        owner.onError('shutdown', error);
      }
    });
  };
  const tell = (name: keyof EngineHooks) => (handler: Handler, options?: TapOptions) => {
    (hooks[name] as unknown as SyncTappable).tap({ name: owner.plugin, stage: options?.stage ?? 0 }, (...args) => {
      if (!owner.active()) return;
      const failed = (error: unknown): void => owner.onError(name, error);
      try {
        const going = timed(name, () => handler(...args));
        // Nobody waits for it, and nobody else would hear of its failure.
        if (going instanceof Promise) going.catch(failed);
      } catch (error) {
        failed(error);
      }
    });
  };
  return {
    authorize: decide('authorize', timeoutMs, false) as HookTaps['authorize'],
    demand: decide('demand', 0, false) as HookTaps['demand'],
    idle: decide('idle', timeoutMs, false) as HookTaps['idle'],
    resolvePath: decide('resolvePath', timeoutMs, true) as HookTaps['resolvePath'],
    ready: decide('ready', timeoutMs, false) as HookTaps['ready'],
    shutdown: wind,
    published: tell('published') as HookTaps['published'],
    tracksReady: tell('tracksReady') as HookTaps['tracksReady'],
    closed: tell('closed') as HookTaps['closed'],
    report: tell('report') as HookTaps['report'],
    logged: tell('logged') as HookTaps['logged'],
  };
}

function stamp(plugin: string, hook: string, error: unknown): SluiceError {
  if (error instanceof SluiceError && error.plugin !== undefined) return error;
  const code = error instanceof SluiceError ? error.code : 'ERR_HOOK_FAILED';
  const status = error instanceof SluiceError && error.status !== undefined ? error.status : 500;
  return new SluiceError(code, `plugin '${plugin}' failed in ${hook}: ${messageOf(error)}`, { plugin, cause: error, status });
}

/** Rejects when `work` takes longer, by default with `ERR_TIMEOUT`; 0 for no limit. Keeps the process alive meanwhile. */
export async function withTimeout<T>(work: T | Promise<T>, timeoutMs: number, late: () => SluiceError = () => tooLate(timeoutMs)): Promise<T> {
  if (timeoutMs === 0 || !(work instanceof Promise)) return work;
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), timeoutMs);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

function tooLate(timeoutMs: number): SluiceError {
  return new SluiceError('ERR_TIMEOUT', `no answer within ${timeoutMs} ms`, { status: 504 });
}
