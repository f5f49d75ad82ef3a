/** How a program's time runs on the way out. Times in seconds. */
interface Anchor {
  readonly mediaSeconds: number;
  readonly streamSeconds: number;
  readonly wallMs: number;
}

/** What is late by more is not made up for, in milliseconds: a hundred cameras at once would drown a platform. */
const CATCH_UP_MS = 300;

/**
 * Relates three times: that of the media, that written into the stream, and the wall's. The stream's time always runs on: faster playing means that more media is told in it,
 * a seek and a pause leave no gap (as RTSP has it: RFC 2326 12.34, appendix B). A download runs faster than its stream's time instead.
 */
export class Pace {
  readonly #rate: number;
  #scale = 1;
  #anchor: Anchor;

  /** `rate`: stream seconds in a second of the wall. */
  constructor(nowMs: number, rate = 1) {
    this.#rate = rate;
    this.#anchor = { mediaSeconds: 0, streamSeconds: 0, wallMs: nowMs };
  }

  get scale(): number {
    return this.#scale;
  }

  /** The stream's time of a moment of the media. */
  streamSeconds(mediaSeconds: number): number {
    const { mediaSeconds: from, streamSeconds } = this.#anchor;
    return streamSeconds + (mediaSeconds - from) / this.#scale;
  }

  /** When a moment of the stream is due. */
  dueMs(streamSeconds: number): number {
    const { streamSeconds: from, wallMs } = this.#anchor;
    return wallMs + ((streamSeconds - from) * 1000) / this.#rate;
  }

  /** Goes on from `mediaSeconds` now: after a pause, a seek, or with another speed. `lastStreamSeconds` is what was written last. */
  goOn(mediaSeconds: number, lastStreamSeconds: number, nowMs: number, scale = this.#scale): void {
    this.#scale = scale;
    this.#anchor = { mediaSeconds, streamSeconds: lastStreamSeconds, wallMs: nowMs };
  }

  /** The process was held up: goes on with the time that it is now. */
  forgiveDelay(streamSeconds: number, nowMs: number): void {
    const lateMs = nowMs - this.dueMs(streamSeconds);
    if (lateMs > CATCH_UP_MS) this.#anchor = { ...this.#anchor, wallMs: this.#anchor.wallMs + lateMs };
  }
}
