import type { Clock } from './clock.js';

/** A clock that knows how many of its timers are still to run: one that is forgotten shows in a figure. */
export interface CountedClock extends Clock {
  /** Timers that wait. */
  timers(): number;
}

/** The same clock, counted. */
export function countTimers(clock: Clock): CountedClock {
  let waiting = 0;
  return {
    now: () => clock.now(),
    wallMs: () => clock.wallMs(),
    after(ms, run) {
      let isWaiting = true;
      const over = (): void => {
        if (isWaiting) waiting--;
        isWaiting = false;
      };
      waiting++;
      const cancel = clock.after(ms, () => {
        over();
        run();
      });
      return () => {
        over();
        cancel();
      };
    },
    every(ms, run) {
      let isWaiting = true;
      waiting++;
      const cancel = clock.every(ms, run);
      return () => {
        if (isWaiting) waiting--;
        isWaiting = false;
        cancel();
      };
    },
    timers: () => waiting,
  };
}
