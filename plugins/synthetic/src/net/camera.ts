import { type Cancel, type Clock, createFrame, type Frame, type Publisher, type Track } from '@sluice/core';
import type { CameraConfig } from '../config.js';
import { audioTrack, VIDEO_CLOCK_RATE, videoTrack } from '../map/tracks.js';
import { Beeper, SAMPLE_RATE, SAMPLES_PER_UNIT } from '../proto/beep.js';
import { SyntheticVideo } from '../proto/video.js';
import { WallTime, wallText } from './wall-time.js';

/** Distance of key frames, in seconds. */
const GOP_SECONDS = 2;
/** What was missed by more than this is left out instead of made up for, in milliseconds. */
const CATCH_UP_MS = 1000;

/** Draws pictures and beeps at their times and hands them to a publisher. */
export class Camera {
  readonly tracks: readonly Track[];
  readonly #fps: number;
  readonly #clock: Clock;
  readonly #wall: WallTime;
  readonly #video: SyntheticVideo;
  readonly #videoTrack: Track;
  readonly #audioTrack: Track | undefined;
  readonly #beeper = new Beeper();
  #publisher: Publisher | undefined;
  #cancel: Cancel | undefined;
  #startedAt = 0;
  #pictures = 0;
  #audioUnits = 0;
  #keyAt = 0;

  constructor(config: CameraConfig, clock: Clock) {
    this.#fps = config.fps;
    this.#clock = clock;
    this.#wall = new WallTime(clock);
    this.#video = new SyntheticVideo(config, config.path);
    this.#videoTrack = videoTrack(config, this.#video);
    this.#audioTrack = config.audio ? audioTrack() : undefined;
    this.tracks = this.#audioTrack === undefined ? [this.#videoTrack] : [this.#videoTrack, this.#audioTrack];
  }

  /** Begins, with the next whole picture of the wall clock, so that a second begins with a picture. */
  start(publisher: Publisher): void {
    this.#publisher = publisher;
    this.#startedAt = this.#wall.next(1000 / this.#fps);
    this.#plan();
  }

  stop(): void {
    this.#cancel?.();
    this.#publisher = undefined;
  }

  /** Makes the next picture a key frame. */
  keyFrame(): void {
    this.#keyAt = this.#pictures;
  }

  /** Monotonic time of a picture; counted from the start, so that errors do not add up. */
  #timeOf(picture: number): number {
    return this.#startedAt + (picture * 1000) / this.#fps;
  }

  #plan(): void {
    this.#cancel = this.#clock.after(Math.max(0, Math.ceil(this.#timeOf(this.#pictures) - this.#clock.now())), () => this.#run());
  }

  #run(): void {
    const now = this.#clock.now();
    this.#wall.refresh();
    this.#skipMissed(now);
    while (this.#publisher?.closed === false && this.#timeOf(this.#pictures) <= now) {
      this.#sendAudio(this.#timeOf(this.#pictures));
      this.#sendPicture();
    }
    if (this.#publisher?.closed === false) this.#plan();
  }

  /** After a long stop (the process was suspended) goes on with the time that it is now, leaving a gap. */
  #skipMissed(now: number): void {
    if (now - this.#timeOf(this.#pictures) <= CATCH_UP_MS) return;
    this.#pictures = Math.floor(((now - this.#startedAt) * this.#fps) / 1000);
    this.#audioUnits = Math.max(this.#audioUnits, Math.floor(((now - this.#startedAt) * SAMPLE_RATE) / 1000 / SAMPLES_PER_UNIT) - 1);
    this.#keyAt = this.#pictures;
  }

  /** There is no wire; the coded bytes stand for it. */
  #send(frame: Frame): void {
    this.#publisher?.received(frame.size);
    this.#publisher?.write(frame);
  }

  #sendPicture(): void {
    const picture = this.#pictures++;
    const key = picture >= this.#keyAt;
    if (key) this.#keyAt = picture + GOP_SECONDS * this.#fps;
    const wallMs = this.#wall.at(this.#timeOf(picture));
    const units = this.#video.picture({ ...wallText(wallMs), wallMs }, key);
    const time = Math.round((picture * VIDEO_CLOCK_RATE) / this.#fps);
    this.#send(createFrame(this.#videoTrack, time, time, key, units, wallMs));
  }

  /** Sends the access units that are over at monotonic `until`, as a microphone would. */
  #sendAudio(until: number): void {
    if (this.#audioTrack === undefined) return;
    for (;;) {
      const time = this.#audioUnits * SAMPLES_PER_UNIT;
      const wallMs = this.#wall.at(this.#startedAt + (time * 1000) / SAMPLE_RATE);
      if (this.#startedAt + ((time + SAMPLES_PER_UNIT) * 1000) / SAMPLE_RATE > until) return;
      this.#audioUnits++;
      this.#send(createFrame(this.#audioTrack, time, time, true, [this.#beeper.unit(wallMs)], wallMs));
    }
  }
}
