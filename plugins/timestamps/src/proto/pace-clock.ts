import type { Lane } from './lane.js';

/** Sound that comes beside the first pictures, in the order they are sent in, began when they did. */
const FIRST_PICTURES = 3;
/** Pictures of more than this without sound between them: there is none just now. */
const MAX_SILENCE_MS = 1000;
/** At most so long after a sound, a picture between it and the next is taken to be; more pictures follow at their own step. */
const MAX_BETWEEN_MS = 250;
/** Sound that hops back by more is on another line. */
const MAX_BACK_MS = 1000;

/**
 * The time that pictures are placed by whose own stands still. Sound that counts its samples tells it better than arrival does: however a connection is held up,
 * pictures come between the sounds they belong to. Without sound it is the time of arrival.
 */
export class PaceClock {
  /** When the newest picture came, in ms of what is handed on. It never goes back, whatever tells it. */
  ms = Number.NaN;
  #arrivalOffset = Number.NaN;
  #soundOffset = Number.NaN;
  #soundMs = Number.NaN;
  #pictures = 0;
  #silentPictures = 0;

  /** The first picture, handed on as of `outMs`, comes. */
  begin(outMs: number, nowMs: number, sound: Lane | undefined): void {
    this.ms = outMs;
    this.#arrivalOffset = outMs - nowMs;
    if (sound?.begun === true) this.#soundOffset = outMs - between(sound, nowMs);
  }

  /** The next picture comes. `stepMs`: how long they last. */
  push(nowMs: number, sound: Lane | undefined, stepMs: number): void {
    this.#pictures++;
    const before = this.ms;
    this.ms = nowMs + this.#arrivalOffset;
    if (sound === undefined || !this.#isHeard(sound, stepMs)) return;
    const soundMs = between(sound, nowMs, this.#silentPictures * stepMs);
    const isBack = soundMs + this.#soundOffset < before - MAX_BACK_MS;
    if (isBack) this.#soundOffset = before + stepMs - soundMs;
    else if (Number.isNaN(this.#soundOffset)) this.#soundOffset = this.#pictures <= FIRST_PICTURES ? 0 : this.ms - soundMs;
    this.ms = Math.max(before, soundMs + this.#soundOffset);
    this.#arrivalOffset = this.ms - nowMs;
  }

  #isHeard(sound: Lane, stepMs: number): boolean {
    if (!sound.begun) return false;
    this.#silentPictures = sound.outMs === this.#soundMs ? this.#silentPictures + 1 : 0;
    this.#soundMs = sound.outMs;
    return this.#silentPictures * stepMs <= MAX_SILENCE_MS;
  }
}

function between(sound: Lane, nowMs: number, picturesMs = 0): number {
  return sound.outMs + Math.min(nowMs - sound.atMs, Math.max(picturesMs, Math.min(sound.stepMs, MAX_BETWEEN_MS)));
}
