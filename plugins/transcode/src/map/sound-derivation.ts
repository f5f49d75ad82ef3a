import { createFrame, type DerivedOutput, type Frame, type Track, type TrackDerivation } from '@sluice/core';
import type { SoundTrack } from '../net/sound-link.js';
import type { SoundPool } from '../net/sound-pool.js';
import type { SourceFormat, TargetFormat } from '../worker/messages.js';
import { RateMeter } from './rate-meter.js';
import { sourceFormatOf } from './source-format.js';

/** Frames that wait until the rate of their samples is known. */
const MAX_HELD_FRAMES = 50;
const MAX_HELD_SECONDS = 0.5;

/** What a derivation works with. */
export interface SoundDerivationOptions {
  readonly pool: SoundPool;
  readonly target: TargetFormat;
  /** The derived track. */
  readonly track: Track;
  readonly output: DerivedOutput;
  /** This track cannot be transcoded. */
  readonly failed: (source: Track, message: string) => void;
}

/** Names under a stream's health. */
const LOST = { overload: 'transcodeOverload', damaged: 'transcodeDamaged', crash: 'transcodeCrash' } as const;

/** Sends a stream's sound to the worker and brings back what is made of it. */
export class SoundDerivation implements TrackDerivation {
  readonly #output: DerivedOutput;
  readonly #sound: SoundTrack;
  #track: Track | undefined;
  #source: SourceFormat | undefined;
  /** Of G.711, whose rate nobody can be trusted to say. */
  #meter: RateMeter | undefined;
  #sent: SourceFormat | undefined;
  #held: Frame[] = [];

  constructor({ pool, target, track, output, failed }: SoundDerivationOptions) {
    this.#output = output;
    this.#sound = pool.open(target, {
      unit: (bytes, ticks) => output.emit(createFrame(track, ticks, ticks, true, [bytes])),
      lost: (kind) => output.count(LOST[kind]),
      failed: (message) => {
        if (this.#track !== undefined) failed(this.#track, message);
        output.end();
      },
      gone: () => output.end(),
    });
  }

  push(frame: Frame): void {
    if (frame.track !== this.#track) this.#meet(frame.track);
    const source = this.#source;
    if (source === undefined) return;
    const meter = this.#meter;
    if (meter === undefined) {
      this.#send(frame, source);
      return;
    }
    meter.add(frame.size / channelsOf(source), secondsOf(frame));
    this.#held.push(frame);
    if (meter.rate === undefined && !this.#waitedEnough()) return;
    const held = this.#held;
    this.#held = [];
    const sampleRate = meter.rate ?? source.sampleRate;
    const actual = sampleRate === this.#sent?.sampleRate ? this.#sent : { ...source, sampleRate };
    for (const waiting of held) this.#send(waiting, actual);
  }

  #meet(track: Track): void {
    const source = sourceFormatOf(track);
    if (source?.codec !== this.#source?.codec) {
      this.#meter = source !== undefined && isG711(source) ? new RateMeter() : undefined;
      this.#held = [];
    }
    this.#track = track;
    this.#source = source;
    this.#sent = undefined;
  }

  #waitedEnough(): boolean {
    const [first] = this.#held;
    const last = this.#held.at(-1);
    return (
      first === undefined ||
      last === undefined ||
      this.#sent !== undefined ||
      this.#held.length >= MAX_HELD_FRAMES ||
      secondsOf(last) - secondsOf(first) > MAX_HELD_SECONDS
    );
  }

  #send(frame: Frame, source: SourceFormat): void {
    if (source !== this.#sent) {
      this.#sent = source;
      this.#sound.setSource(source);
      if (source.sampleRate !== this.#source?.sampleRate) this.#output.count('audioRateFixed');
    }
    this.#sound.push(frame.units, secondsOf(frame));
  }

  close(): void {
    this.#sound.close();
  }
}

function isG711({ codec }: SourceFormat): boolean {
  return codec === 'g711a' || codec === 'g711u';
}

function channelsOf(source: SourceFormat): number {
  return source.codec === 'aac' ? 1 : source.channels;
}

function secondsOf(frame: Frame): number {
  return frame.dts / frame.track.clockRate;
}
