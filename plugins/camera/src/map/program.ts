import type { Frame, Track } from '@sluice/core';

/** What cameras show. Any number of readers may be open at once. */
export interface Program {
  readonly tracks: readonly Track[];
  /** Undefined where it never ends. */
  readonly durationSeconds: number | undefined;
  /** A reader from the key frame at or before `seconds`. */
  open(seconds: number): ProgramReader;
}

/** Reads frames in decoding order. */
export interface ProgramReader {
  /** The next frame; undefined at the end. */
  next(): Promise<Frame | undefined>;
  /** The next picture should be a key frame; a file cannot do that. */
  keyFrame?(): void;
}

/** A frame, and where in the looped program it is. */
export interface TimedFrame {
  readonly frame: Frame;
  /** Decoding time from the program's beginning, loops counted. */
  readonly mediaSeconds: number;
}

/** Plays a program round and round. */
export class LoopReader {
  readonly #program: Program;
  readonly #durationSeconds: number;
  #reader: ProgramReader;
  #loop: number;

  /** Starts at the key frame at or before `seconds`, which may be beyond the program's end. */
  constructor(program: Program, seconds = 0) {
    this.#program = program;
    this.#durationSeconds = program.durationSeconds ?? Number.POSITIVE_INFINITY;
    this.#loop = Math.floor(seconds / this.#durationSeconds);
    this.#reader = program.open(seconds - this.#loopStart);
  }

  get #loopStart(): number {
    return this.#loop === 0 ? 0 : this.#loop * this.#durationSeconds;
  }

  keyFrame(): void {
    this.#reader.keyFrame?.();
  }

  /** The next frame; undefined where the program is empty. */
  async next(): Promise<TimedFrame | undefined> {
    let frame = await this.#reader.next();
    if (frame === undefined) {
      this.#loop++;
      this.#reader = this.#program.open(0);
      frame = await this.#reader.next();
    }
    return frame === undefined ? undefined : { frame, mediaSeconds: this.#loopStart + frame.dts / frame.track.clockRate };
  }
}

/** Tracks in words: `h264 640x360, aac`. */
export function describeTracks(tracks: readonly Track[]): string {
  return tracks.map(({ codec, info }) => (info.width === undefined ? codec : `${codec} ${info.width}x${info.height}`)).join(', ');
}
