/** Lets a publisher's times begin at zero. Nothing else is changed. */
export class RelativeTimes {
  #baseMs: number | undefined;

  /** What is to be added to times of a frame, in ticks of its clock. */
  offset(dts: number, clockRate: number): number {
    this.#baseMs ??= (dts * 1000) / clockRate;
    return -Math.round((this.#baseMs * clockRate) / 1000);
  }
}
