/** Differences below this are rounding: time is counted by samples. Seconds. */
const SETTLED_SECONDS = 0.005;
/** A lasting difference beyond this is samples that were lost or doubled. */
const OFF_SECONDS = 0.03;
/** How many units in a row a difference lasts. Less is jitter of the source's times. */
const LASTING_UNITS = 5;
/** Nothing is filled or left out beyond this: the source leapt. */
const LEAP_SECONDS = 1;
/** A rate that is a little off is followed at this pace. */
const SLEW = 0.01;

/** What is to be done before a unit's samples are taken. */
export interface Placement {
  /** Samples of silence to put before the unit. */
  readonly silence: number;
  /** Samples of the unit to leave out. */
  readonly skip: number;
}

const AS_IT_IS: Placement = { silence: 0, skip: 0 };

/** Tells the time of one run of samples: counted at their rate, held to the times that the source gives its units. */
export class SampleClock {
  readonly #rate: number;
  readonly #pauses: boolean;
  #startSeconds: number;
  #samples = 0;
  #offUnits = 0;

  /** `rate` in Hz; the first sample is at `startSeconds`. The source `pauses` where it sends nothing in silence: what is missing is filled at once. */
  constructor(rate: number, startSeconds: number, pauses = false) {
    this.#rate = rate;
    this.#pauses = pauses;
    this.#startSeconds = startSeconds;
  }

  /** Time of the run's first sample, moved by what was followed of the source's clock since. */
  get startSeconds(): number {
    return this.#startSeconds;
  }

  /** A unit of `samples` samples that the source places at `seconds`; `undefined` where it leapt there and a new run begins. */
  place(seconds: number, samples: number): Placement | undefined {
    const off = seconds - (this.#startSeconds + this.#samples / this.#rate);
    if (Math.abs(off) > LEAP_SECONDS) return undefined;
    if (Math.abs(off) <= OFF_SECONDS) return this.#follow(off, samples);
    this.#offUnits = Math.sign(off) * Math.max(1, Math.sign(off) * this.#offUnits + 1);
    if (Math.abs(this.#offUnits) < LASTING_UNITS && !(this.#pauses && off > 0)) {
      this.#samples += samples;
      return AS_IT_IS;
    }
    const correction = Math.round(off * this.#rate);
    const skip = Math.min(samples, Math.max(0, -correction));
    const silence = Math.max(0, correction);
    this.#samples += silence + samples - skip;
    return { silence, skip };
  }

  #follow(off: number, samples: number): Placement {
    this.#offUnits = 0;
    if (Math.abs(off) > SETTLED_SECONDS) this.#startSeconds += Math.sign(off) * Math.min(Math.abs(off), (SLEW * samples) / this.#rate);
    this.#samples += samples;
    return AS_IT_IS;
  }
}
