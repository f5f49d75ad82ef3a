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

/** Plays a program round and round, each time from a picture that can be decoded. */
export class LoopReader {
  readonly #program: Program;
  readonly #hasVideo: boolean;
  readonly #durationSeconds: number;
  #reader: ProgramReader;
  #loop: number;
  #begun = false;

  /** Starts at the key frame at or before `seconds`, which may be beyond the program's end. */
  constructor(program: Program, seconds = 0) {
    this.#program = program;
    this.#hasVideo = program.tracks.some(({ kind }) => kind === 'video');
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
    let frame = await this.#read();
    if (frame === undefined) {
      this.#loop++;
      this.#reader = this.#program.open(0);
      this.#begun = false;
      frame = await this.#read();
    }
    return frame === undefined ? undefined : { frame, mediaSeconds: this.#loopStart + frame.dts / frame.track.clockRate };
  }

  /** Encoders of AAC put a little sound before the first picture: that is left out. */
  async #read(): Promise<Frame | undefined> {
    let frame = await this.#reader.next();
    while (!this.#begun && this.#hasVideo && frame !== undefined && !(frame.track.kind === 'video' && frame.key)) frame = await this.#reader.next();
    this.#begun = true;
    return frame;
  }
}

/** Tracks in words: `h264 640x360, aac`. */
export function describeTracks(tracks: readonly Track[]): string {
  return tracks.map(({ codec, info }) => (info.width === undefined ? codec : `${codec} ${info.width}x${info.height}`)).join(', ');
}
