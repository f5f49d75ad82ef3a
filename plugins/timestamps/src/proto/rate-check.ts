/** The first judgement comes as soon as can be; later ones take their time. */
const FIRST_WINDOW_MS = 600;
const WINDOW_MS = 1500;
/** Without a picture, arrival is all there is: it needs longer. */
const BLIND_WINDOW_MS = 3000;

/** Compares how much sound comes with the time it comes in: the picture's, and the clock's. */
export class RateCheck {
  /** Samples are really this many times as many per second as the track says. */
  factor = 1;
  /** True once there was a judgement. */
  decided = false;
  /** False where twice the rate is none that there is. */
  mayBeDouble = true;
  /** The sample count says nothing: neither rate explains what comes, and the times as they come do. */
  unknown = false;
  #windowMs = FIRST_WINDOW_MS;
  #soundMs = -1;
  #shownMs = 0;
  #fromPictureMs = Number.NaN;
  #fromMs = 0;
  #wanted = 1;

  /**
   * The next sound comes; the one before it lasts `durationMs` as its track says, and is `stepMs` before this one by the times as they
   * came. `pictureMs` is where the picture is, NaN where there is none that can be believed.
   */
  push(durationMs: number, stepMs: number, pictureMs: number, nowMs: number): void {
    if (this.#soundMs < 0 || Number.isNaN(this.#fromPictureMs) !== Number.isNaN(pictureMs)) {
      this.#restart(pictureMs, nowMs);
      return;
    }
    this.#soundMs += durationMs;
    this.#shownMs += stepMs;
    const passedMs = nowMs - this.#fromMs;
    if (Number.isNaN(pictureMs)) {
      if (passedMs < BLIND_WINDOW_MS) return;
      this.#judge(passedMs, passedMs, true);
    } else {
      const shownMs = pictureMs - this.#fromPictureMs;
      const stuck = passedMs > 4 * this.#windowMs;
      if (!stuck && (shownMs < this.#windowMs || (passedMs < 0.8 * this.#windowMs && shownMs < 5 * this.#windowMs))) return;
      if (!stuck) this.#judge(shownMs, passedMs, false);
    }
    this.#restart(pictureMs, nowMs);
  }

  #judge(pictureMs: number, passedMs: number, isBlind: boolean): void {
    const ratio = this.#soundMs / pictureMs;
    // What is sent faster than it is shown says nothing by its arrival.
    const isBurst = passedMs < pictureMs / 2;
    const arrival = isBurst ? ratio : this.#soundMs / passedMs;
    const isDouble = isBlind ? ratio > 1.85 && ratio < 2.15 : ratio > 1.7 && ratio < 2.4 && arrival > 1.4 && arrival < 4;
    const wanted = isDouble && this.mayBeDouble ? 2 : 1;
    // A player that joins elsewhere is sent what was before at once, not evenly: the next look tells.
    if (wanted === 2 && isBurst && !this.decided) return;
    // Beside a picture the first look is enough, as little is lost by a wrong one; a change of mind takes two.
    if (wanted === this.#wanted || (!this.decided && !isBlind)) this.factor = wanted;
    this.#wanted = wanted;
    this.unknown = this.factor === 1 && (ratio < 0.88 || ratio > 1.13) && Math.abs(this.#shownMs / pictureMs - 1) < 0.1;
    this.decided = true;
    this.#windowMs = WINDOW_MS;
  }

  #restart(pictureMs: number, nowMs: number): void {
    this.#soundMs = 0;
    this.#shownMs = 0;
    this.#fromPictureMs = pictureMs;
    this.#fromMs = nowMs;
  }
}
