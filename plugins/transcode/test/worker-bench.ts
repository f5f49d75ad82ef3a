import { loadAacDecoder } from '../src/codec/aac-decoder.js';
import { createOpusDecoder } from '../src/codec/opus-codec.js';
import { OpusLibrary } from '../src/codec/opus-library.js';
import { Codecs } from '../src/worker/codecs.js';
import type { Order, Result, SourceFormat, TargetFormat } from '../src/worker/messages.js';
import { SoundWorker } from '../src/worker/sound-worker.js';
import { encodeALaw } from './tones.js';

export const AAC_TARGET: TargetFormat = { codec: 'aac', sampleRate: 11_025, channels: 1, bitrate: 24_000 };
export const OPUS_TARGET: TargetFormat = { codec: 'opus', sampleRate: 48_000, channels: 1, bitrate: 32_000 };
/** AAC LC, 11025 Hz, mono, no spectral band replication. */
export const AAC_CONFIG = Uint8Array.of(0x15, 0x08, 0x56, 0xe5, 0x00);

/** A unit that came out; `ticks` are samples of the target's rate. */
export interface Made {
  readonly ticks: number;
  readonly bytes: Uint8Array;
}

/** Sends units to a worker of its own, a batch each. */
export class WorkerBench {
  readonly made: Made[] = [];
  readonly others: Result[] = [];
  readonly #target: TargetFormat;
  readonly #worker = new SoundWorker(new Codecs(), ({ results, bytes }) => {
    let offset = 0;
    for (const result of results) {
      if (result.kind !== 'unit') this.others.push(result);
      else this.made.push({ ticks: result.ticks, bytes: bytes.subarray(offset, offset + result.length) });
      offset += result.kind === 'unit' ? result.length : 0;
    }
  });

  constructor(target = AAC_TARGET) {
    this.#target = target;
  }

  order(...orders: Order[]): Promise<void> {
    return this.#worker.receive({ orders, bytes: new Uint8Array(0) });
  }
  open(source: SourceFormat, id = 1): Promise<void> {
    return this.order({ kind: 'open', id, target: this.#target }, { kind: 'source', id, source });
  }
  unit(bytes: Uint8Array, seconds: number, id = 1): Promise<void> {
    return this.#worker.receive({ orders: [{ kind: 'unit', id, seconds, length: bytes.length }], bytes });
  }
  /** G.711 in units of 40 ms. */
  async sound(samples: Float32Array, rate: number, from = 0): Promise<void> {
    const codes = encodeALaw(samples);
    const size = rate / 25;
    for (let at = 0; at < codes.length; at += size) await this.unit(codes.subarray(at, at + size), from + at / rate);
  }
}

/** What a player hears of AAC: decoded units at their times, in samples of 11025 Hz. */
export async function heardAac(made: readonly Made[]): Promise<Float32Array> {
  const decoder = await (await loadAacDecoder())?.create(AAC_CONFIG, 11_025, 11_025);
  const samples = new Float32Array((made.at(-1)?.ticks ?? 0) + 2048);
  for (const { ticks, bytes } of made) {
    const pcm = decoder?.decode(bytes);
    const channel = pcm?.channels[0];
    if (pcm === undefined || channel === undefined) continue;
    expect([pcm.sampleRate, pcm.delay, channel.length]).toEqual([11_025, 0, 1024]);
    samples.set(channel, ticks);
  }
  return samples;
}

/** What a player hears of Opus: decoded packets at their times, in samples of 48 kHz. */
export async function heardOpus(made: readonly Made[]): Promise<Float32Array> {
  const decoder = createOpusDecoder(await OpusLibrary.load(), 1);
  const samples = new Float32Array((made.at(-1)?.ticks ?? 0) + 5760);
  for (const { ticks, bytes } of made) samples.set(decoder.decode(bytes)?.channels[0] ?? [], ticks);
  decoder.close();
  return samples;
}

/** Seconds at which sound sets in, after `from` seconds. */
export function onset(samples: Float32Array, rate: number, from = 0): number {
  return samples.findIndex((sample, i) => i >= from * rate && Math.abs(sample) > 0.2) / rate;
}
