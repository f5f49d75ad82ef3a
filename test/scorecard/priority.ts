import { writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';

/** Gives this process, and what it starts, a priority; where Linux shares time between sessions first (sched(7), autogroup), its session too. */
export function raisePriority(nice: number): void {
  setPriority(nice);
  try {
    writeFileSync('/proc/self/autogroup', String(nice));
  } catch {
    // no Linux, or one without it
  }
}
