/** Judged after so many frames, and this long. */
const MIN_FRAMES = 6;
const WINDOW_MS = 400;
/** A frame that comes later than this counts no more: it is the network's, or the camera's, pause. */
const MAX_FRAME_MS = 200;
/** A clock is too slow when it shows less than one part in so many. Slow motion is not as slow. */
const SLOW = 15;

/** What a clock does: it runs; it stands; or it runs so many times too slowly, as it counts something else. */
export type ClockVerdict = 'runs' | 'stands' | number;

/** Looks whether a track's times advance as its frames come. */
export class ClockCheck {
  verdict: ClockVerdict = 'runs';
  readonly #clockRate: number;
  #frames = -1;
  #lastRaw = 0;
  #shown = 0;
  #lastMs = 0;
  #passedMs = 0;

  constructor(clockRate: number) {
    this.#clockRate = clockRate;
  }

  /** Takes the next frame's time, in ticks, and when it came. True where the verdict is another now. */
  push(raw: number, nowMs: number): boolean {
    if (this.#frames < 0) this.#restart(raw, nowMs);
    this.#passedMs += Math.min(MAX_FRAME_MS, nowMs - this.#lastMs);
    this.#lastMs = nowMs;
    // A hop back says nothing of how the clock runs.
    this.#shown += Math.max(0, raw - this.#lastRaw);
    this.#lastRaw = raw;
    if (this.#frames++ < MIN_FRAMES || this.#passedMs < WINDOW_MS) return false;
    const before = this.verdict;
    this.verdict = this.#judge((this.#shown * 1000) / this.#clockRate);
    this.#restart(raw, nowMs);
    return this.verdict !== before;
  }

  #judge(shownMs: number): ClockVerdict {
    const slowness = this.#passedMs / shownMs;
    if (slowness < SLOW) return 'runs';
    // Milliseconds in place of ticks.
    const milliseconds = this.#clockRate / 1000;
    return slowness > milliseconds * 0.6 && slowness < milliseconds * 1.6 ? milliseconds : 'stands';
  }

  #restart(raw: number, nowMs: number): void {
    this.#frames = 0;
    this.#lastRaw = raw;
    this.#shown = 0;
    this.#lastMs = nowMs;
    this.#passedMs = 0;
  }
}
