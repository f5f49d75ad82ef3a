import type { Frame } from '../media/frame.js';

/** Keeps the frames of the newest group of pictures, from its key frame on, bounded by bytes and time. Without video it keeps nothing. */
export class FrameRing {
  readonly #maxBytes: number;
  readonly #maxSeconds: number;
  #frames: Frame[] = [];
  #bytes = 0;
  #keyMs = 0;
  #lastGopMs = 0;

  constructor(maxBytes: number, maxSeconds: number) {
    this.#maxBytes = maxBytes;
    this.#maxSeconds = maxSeconds;
  }

  /** The frames kept, the first being a key frame; empty where none may be given to a joiner. */
  get frames(): readonly Frame[] {
    return this.#frames;
  }

  /** Length of the last whole group of pictures, in milliseconds. */
  get gopMs(): number {
    return this.#lastGopMs;
  }

  push(frame: Frame): void {
    const video = frame.track.kind === 'video';
    if (video && frame.key) this.#begin(frame);
    if (this.#frames.length === 0 && !(video && frame.key)) return;
    const first = this.#frames[0];
    const seconds = first === undefined ? 0 : frame.dts / frame.track.clockRate - first.dts / first.track.clockRate;
    if (this.#bytes + frame.size > this.#maxBytes || seconds > this.#maxSeconds) {
      this.clear();
      return;
    }
    this.#frames.push(frame);
    this.#bytes += frame.size;
  }

  #begin(key: Frame): void {
    const keyMs = (key.dts * 1000) / key.track.clockRate;
    if (this.#frames.length > 0) this.#lastGopMs = Math.round(keyMs - this.#keyMs);
    this.#keyMs = keyMs;
    this.clear();
  }

  clear(): void {
    this.#frames = [];
    this.#bytes = 0;
  }
}
