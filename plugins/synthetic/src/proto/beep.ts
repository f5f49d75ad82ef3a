import { BEEP_BASE64, BEEP_LEAD, SILENCE_BASE64 } from './beep-data.js';

/** Samples per second and per AU of the sound. */
export const SAMPLE_RATE = 48_000;
export const SAMPLES_PER_UNIT = 1024;
/** AudioSpecificConfig: AAC-LC, 48 kHz, mono (ISO/IEC 14496-3 1.6.2.1). */
export const AUDIO_CONFIG: Buffer = Buffer.from('1188', 'hex');

const UNIT_MS = (SAMPLES_PER_UNIT * 1000) / SAMPLE_RATE;
const SILENCE = Buffer.from(SILENCE_BASE64, 'base64');
const BEEP = BEEP_BASE64.map((unit) => Buffer.from(unit, 'base64'));

/** Chooses the AAC access units: a beep of 200 ms at the start of every second, silence between. */
export class Beeper {
  #next = -1;

  /** The next AU. `wallMs`: the time at which it sounds, in milliseconds since 1970. */
  unit(wallMs: number): Buffer {
    // The AU nearest to the second carries the first sound; the ones before it switch the window.
    const soundsAt = wallMs + BEEP_LEAD * UNIT_MS;
    if (this.#next < 0 && (soundsAt + UNIT_MS / 2) % 1000 < UNIT_MS) this.#next = 0;
    if (this.#next < 0) return SILENCE;
    const unit = BEEP[this.#next] ?? SILENCE;
    this.#next = this.#next + 1 < BEEP.length ? this.#next + 1 : -1;
    return unit;
  }
}
