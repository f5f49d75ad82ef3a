import type { Cancel, Clock } from '../kernel/clock.js';

/** Who is told what timers do. */
export interface TimerOwner {
  /** False once the plugin is stopped: timers do nothing any more. */
  readonly active: () => boolean;
  readonly onError: (error: unknown) => void;
  /** A callback took `ms`. */
  readonly onRan: (ms: number) => void;
}

/** The clock of one plugin, and the end of all its timers. */
export interface PluginClock extends Clock {
  /** Stops the timers that the plugin forgot. */
  dispose(): void;
}

/** The clock of one plugin: what its timers throw ends that callback and not the process. */
export function pluginClock(clock: Clock, owner: TimerOwner): PluginClock {
  const running = new Set<Cancel>();
  const guarded = (run: () => void): void => {
    if (!owner.active()) return;
    const startedMs = performance.now();
    try {
      run();
    } catch (error) {
      owner.onError(error);
    }
    owner.onRan(performance.now() - startedMs);
  };
  const kept = (stop: Cancel): Cancel => {
    const cancel = (): void => {
      running.delete(cancel);
      stop();
    };
    running.add(cancel);
    return cancel;
  };
  return {
    now: () => clock.now(),
    wallMs: () => clock.wallMs(),
    after(ms: number, run: () => void): Cancel {
      const cancel = kept(
        clock.after(ms, () => {
          running.delete(cancel);
          guarded(run);
        }),
      );
      return cancel;
    },
    every(ms: number, run: () => void): Cancel {
      const cancel = kept(
        clock.every(ms, () => {
          // Set after the plugin was stopped.
          if (owner.active()) guarded(run);
          else cancel();
        }),
      );
      return cancel;
    },
    dispose() {
      for (const cancel of running) cancel();
    },
  };
}
