import type { Cancel, Clock } from '../kernel/clock.js';

/** Who is told what timers do. */
export interface TimerOwner {
  /** False once the plugin is stopped: timers it forgot do nothing any more. */
  readonly active: () => boolean;
  readonly onError: (error: unknown) => void;
  /** A callback took `ms`. */
  readonly onRan: (ms: number) => void;
}

/** The clock of one plugin: what its timers throw ends that callback and not the process. */
export function pluginClock(clock: Clock, owner: TimerOwner): Clock {
  const guarded = (run: () => void) => (): void => {
    if (!owner.active()) return;
    const startedMs = performance.now();
    try {
      run();
    } catch (error) {
      owner.onError(error);
    }
    owner.onRan(performance.now() - startedMs);
  };
  return {
    now: () => clock.now(),
    wallMs: () => clock.wallMs(),
    after: (ms: number, run: () => void): Cancel => clock.after(ms, guarded(run)),
    every(ms: number, run: () => void): Cancel {
      const runGuarded = guarded(run);
      const cancel = clock.every(ms, () => {
        if (owner.active()) runGuarded();
        else cancel();
      });
      return cancel;
    },
  };
}
