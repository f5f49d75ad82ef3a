import { type Clock, createFrame, type Frame, type Track } from '@sluice/core';
import type { SyntheticPictures, SyntheticService } from '@sluice/plugin-synthetic/service';
import type { Program, ProgramReader } from '../map/program.js';
import { TONE_FRAME_SAMPLES, TONE_RATE, toneSecond } from '../proto/tone.js';

const FORMAT = { width: 640, height: 360, fps: 25 } as const;
const KEY_DISTANCE = 2 * FORMAT.fps;
const TICKS = 90_000 / FORMAT.fps;

const TONE_TRACK: Track = {
  id: 1,
  kind: 'audio',
  codec: 'g711a',
  clockRate: TONE_RATE,
  epoch: 0,
  parameters: undefined,
  info: { sampleRate: TONE_RATE, channels: 1 },
};

/** A test card with the wall clock, and a beep every second. */
export function testProgram(synthetic: SyntheticService, clock: Clock, name: string): Program {
  return {
    tracks: [synthetic.open(FORMAT, name).track, TONE_TRACK],
    durationSeconds: undefined,
    open: () => new TestReader(synthetic.open(FORMAT, name), clock),
  };
}

/** A picture is drawn when it is asked for, and shows that time. */
class TestReader implements ProgramReader {
  readonly #pictures: SyntheticPictures;
  readonly #clock: Clock;
  readonly #tone = toneSecond();
  #picture = 0;
  #keyAt = 0;
  #samples = 0;

  constructor(pictures: SyntheticPictures, clock: Clock) {
    this.#pictures = pictures;
    this.#clock = clock;
  }

  keyFrame(): void {
    this.#keyAt = this.#picture;
  }

  async next(): Promise<Frame> {
    return this.#samples / TONE_RATE < this.#picture / FORMAT.fps ? this.#sound() : this.#show();
  }

  #show(): Frame {
    const picture = this.#picture++;
    const key = picture >= this.#keyAt;
    if (key) this.#keyAt = picture + KEY_DISTANCE;
    const units = this.#pictures.picture(this.#clock.wallMs(), key);
    return createFrame(this.#pictures.track, picture * TICKS, picture * TICKS, key, units);
  }

  #sound(): Frame {
    const at = this.#samples;
    this.#samples += TONE_FRAME_SAMPLES;
    const unit = this.#tone.subarray(at % TONE_RATE, (at % TONE_RATE) + TONE_FRAME_SAMPLES);
    return createFrame(TONE_TRACK, at, at, true, [unit]);
  }
}
