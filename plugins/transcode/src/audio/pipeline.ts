import type { FilterBanks } from './filter-bank.js';
import { mixChannels } from './mix.js';
import { type FrameEncoder, isTrap, type Pcm, type PcmDecoder } from './pcm.js';
import { Resampler } from './resampler.js';
import { SampleClock } from './sample-clock.js';

/** What comes out of a pipeline. */
export interface SoundFormat {
  /** Hz. */
  readonly sampleRate: number;
  readonly channels: number;
}

/** Takes a coded unit. `ticks` is its time in samples of the target rate. */
export type UnitTaker = (bytes: Uint8Array, ticks: number) => void;

/** From coded units of one kind to those of another: decode, mix, change the rate, cut into frames, encode. Time goes by the source's, counted in samples. */
export class SoundPipeline {
  readonly #target: SoundFormat;
  readonly #encoder: FrameEncoder;
  readonly #banks: FilterBanks;
  readonly #take: UnitTaker;
  #decoder: PcmDecoder;
  #run: Run | undefined;
  /** Samples of the frame being filled, interleaved. */
  readonly #frame: Float32Array;
  #filled = 0;
  /** Times of frames whose units have not come out yet; the encoder is a frame late. */
  readonly #times: number[] = [];
  #firstTime = 0;

  constructor(target: SoundFormat, encoder: FrameEncoder, decoder: PcmDecoder, banks: FilterBanks, take: UnitTaker) {
    this.#target = target;
    this.#encoder = encoder;
    this.#decoder = decoder;
    this.#banks = banks;
    this.#take = take;
    this.#frame = new Float32Array(encoder.frameSamples * target.channels);
  }

  /** The source goes on in another form. */
  setDecoder(decoder: PcmDecoder): void {
    this.#decoder.close();
    this.#decoder = decoder;
  }

  /** One coded unit of the source at `seconds`. False where it cannot be decoded; throws what the encoder throws. */
  push(unit: Uint8Array, seconds: number): boolean {
    let pcm: Pcm | undefined;
    try {
      pcm = this.#decoder.decode(unit);
    } catch (error) {
      if (isTrap(error)) throw error;
      return false;
    }
    const length = pcm?.channels[0]?.length ?? 0;
    if (pcm !== undefined && length > 0) this.#place(pcm, length, seconds - pcm.delay / pcm.sampleRate);
    return true;
  }

  #place(pcm: Pcm, length: number, seconds: number): void {
    let run = this.#run?.rate === pcm.sampleRate ? this.#run : undefined;
    let placement = run?.clock.place(seconds, length);
    if (run === undefined || placement === undefined) {
      run = this.#begin(pcm.sampleRate, seconds);
      placement = run.clock.place(seconds, length);
    }
    const { silence, skip } = placement ?? { silence: 0, skip: 0 };
    const channels = mixChannels(pcm.channels, this.#target.channels);
    if (silence > 0)
      this.#resample(
        run,
        channels.map(() => new Float32Array(silence)),
      );
    this.#resample(run, skip === 0 ? channels : channels.map((channel) => channel.subarray(skip)));
  }

  /** A run of samples without a leap. What the last one left of a frame is filled up with silence. */
  #begin(rate: number, seconds: number): Run {
    const before = this.#run;
    if (before !== undefined) {
      this.#resample(before, this.#silence(before.tail));
      if (this.#filled > 0) this.#append(before, this.#silence(this.#encoder.frameSamples - this.#filled));
    }
    const bank = rate === this.#target.sampleRate ? undefined : this.#banks.get(rate, this.#target.sampleRate);
    const resamplers = bank === undefined ? [] : Array.from({ length: this.#target.channels }, () => new Resampler(bank));
    const run = {
      rate,
      clock: new SampleClock(rate, seconds, this.#decoder.pauses),
      resamplers,
      tail: bank?.half ?? 0,
      lead: this.#encoder.delay ?? 0,
      produced: 0,
    };
    this.#run = run;
    return run;
  }

  #silence(samples: number): Float32Array[] {
    return Array.from({ length: this.#target.channels }, () => new Float32Array(samples));
  }

  #resample(run: Run, channels: readonly Float32Array[]): void {
    this.#append(
      run,
      channels.map((channel, index) => run.resamplers[index]?.push(channel) ?? channel),
    );
  }

  #append(run: Run, channels: readonly Float32Array[]): void {
    const { frameSamples } = this.#encoder;
    const length = channels[0]?.length ?? 0;
    const left = Math.min(run.lead, length);
    run.lead -= left;
    for (let from = left; from < length; ) {
      if (this.#filled === 0) this.#times.push(Math.round(run.clock.startSeconds * this.#target.sampleRate) + run.produced);
      const count = Math.min(length - from, frameSamples - this.#filled);
      for (const [channel, samples] of channels.entries()) this.#fill(samples, from, count, channel);
      from += count;
      run.produced += count;
      this.#filled += count;
      if (this.#filled === frameSamples) this.#encode();
    }
  }

  #fill(samples: Float32Array, from: number, count: number, channel: number): void {
    const { channels } = this.#target;
    for (let i = 0, at = this.#filled * channels + channel; i < count; i++, at += channels) this.#frame[at] = samples[from + i] as number;
  }

  #encode(): void {
    this.#filled = 0;
    for (const { frame, bytes } of this.#encoder.encode(this.#frame)) {
      // What goes before the first frame is for gapless playing of files, and would be before the source's beginning.
      if (frame < 0) continue;
      const ticks = this.#times[frame - this.#firstTime];
      this.#times.splice(0, frame - this.#firstTime + 1);
      this.#firstTime = frame + 1;
      if (ticks !== undefined) this.#take(bytes, ticks);
    }
  }

  close(): void {
    this.#decoder.close();
    this.#encoder.close();
  }
}

interface Run {
  readonly rate: number;
  readonly clock: SampleClock;
  /** One for each channel; none where the rate stays. */
  readonly resamplers: readonly Resampler[];
  /** Input that the resamplers wait for until they give all. */
  readonly tail: number;
  /** Samples at the target's rate that are still to be left out: the encoder's delay takes their place, so that all others are heard at their time. */
  lead: number;
  /** Samples at the target's rate since the run began, without those. */
  produced: number;
}
