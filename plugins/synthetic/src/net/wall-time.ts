import type { Clock } from '@sluice/core';

/** A jump of the wall clock beyond this is followed; less is the coarse grain of its milliseconds. */
const STEP_MS = 2;

/** The wall clock's time at a moment of the monotonic clock, without jitter. It follows the wall clock when that is set. */
export class WallTime {
  readonly #clock: Clock;
  #offset: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#offset = clock.wallMs() - clock.now();
  }

  /** Compares with the wall clock again. */
  refresh(): void {
    const offset = this.#clock.wallMs() - this.#clock.now();
    if (Math.abs(offset - this.#offset) > STEP_MS) this.#offset = offset;
  }

  /** Milliseconds since 1970 at monotonic `now`, whole. */
  at(now: number): number {
    return Math.round(now + this.#offset);
  }

  /** The next moment of the monotonic clock at which the wall clock shows a multiple of `ms`. */
  next(ms: number): number {
    const now = this.#clock.now();
    const wall = now + this.#offset;
    return now + Math.ceil(wall / ms) * ms - wall;
  }
}

const two = (value: number): string => String(value).padStart(2, '0');

/** Local time as a picture shows it: `HH:MM:SS.mmm`, and the date with the offset from UTC. */
export function wallText(wallMs: number): { readonly time: string; readonly date: string } {
  const local = new Date(wallMs);
  const offset = -local.getTimezoneOffset();
  const ahead = Math.abs(offset);
  const zone = `UTC${offset < 0 ? '-' : '+'}${two(Math.floor(ahead / 60))}:${two(ahead % 60)}`;
  return {
    time: `${two(local.getHours())}:${two(local.getMinutes())}:${two(local.getSeconds())}.${String(local.getMilliseconds()).padStart(3, '0')}`,
    date: `${local.getFullYear()}-${two(local.getMonth() + 1)}-${two(local.getDate())} ${zone}`,
  };
}
