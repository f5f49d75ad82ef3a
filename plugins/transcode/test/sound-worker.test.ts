import { Codecs } from '../src/worker/codecs.js';
import type { Result, SourceFormat } from '../src/worker/messages.js';
import { SoundWorker } from '../src/worker/sound-worker.js';
import { pitch, tone } from './tones.js';
import { AAC_CONFIG as CONFIG, heardAac as heard, onset, AAC_TARGET as target, WorkerBench } from './worker-bench.js';

const g711: SourceFormat = { codec: 'g711a', sampleRate: 8000, channels: 1 };

describe('SoundWorker', () => {
  it.each([8000, 16_000])('makes AAC of G.711 at %i Hz, with its pitch and at its time', async (rate) => {
    const bench = new WorkerBench();
    await bench.open({ ...g711, sampleRate: rate });
    const sound = new Float32Array(3 * rate);
    sound.set(tone(1000, rate, 2 * rate), rate);
    await bench.sound(sound, rate, 100);
    expect(bench.made[0]?.ticks).toBe(100 * 11_025);
    expect(bench.made.every(({ ticks }, i) => i === 0 || ticks - (bench.made[i - 1]?.ticks ?? 0) === 1024)).toBe(true);
    const samples = await heard(bench.made.map(({ ticks, bytes }) => ({ ticks: ticks - 100 * 11_025, bytes })));
    expect(Math.abs(onset(samples, 11_025) - 1)).toBeLessThan(0.005);
    expect(pitch(samples.subarray(15_000, 28_000), 11_025)).toBeCloseTo(1000, 0);
  });

  it('takes AAC apart and makes it anew, at the rate that its samples really have', async () => {
    const [first, second, third] = [new WorkerBench(), new WorkerBench(), new WorkerBench()];
    await first.open({ ...g711, sampleRate: 8000 });
    await first.sound(tone(500, 8000, 32_000), 8000);
    const source: SourceFormat = { codec: 'aac', sampleRate: 11_025, config: CONFIG, codedSampleRate: 11_025 };
    await second.open(source);
    for (const { ticks, bytes } of first.made) await second.unit(bytes, ticks / 11_025);
    expect(pitch((await heard(second.made)).subarray(11_025, 30_000), 11_025)).toBeCloseTo(500, 0);
    // The same coded sound, said to have run twice as fast.
    await third.open({ ...source, sampleRate: 22_050 });
    for (const { ticks, bytes } of first.made) await third.unit(bytes, ticks / 22_050);
    expect(pitch((await heard(third.made)).subarray(5000, 15_000), 11_025)).toBeCloseTo(1000, 0);
    expect(third.made.length).toBeCloseTo(first.made.length / 2, -1);
  });

  it('leaves a gap a gap, and goes on at the new time', async () => {
    const bench = new WorkerBench();
    await bench.open(g711);
    await bench.sound(tone(1000, 8000, 8000), 8000);
    await bench.sound(tone(1000, 8000, 8000), 8000, 5);
    const seconds = bench.made.map(({ ticks }) => ticks / 11_025);
    expect(seconds.filter((at) => at < 1).length).toBe(11);
    expect(seconds.find((at) => at > 1)).toBeCloseTo(5, 3);
    expect(seconds).toEqual([...seconds].sort((a, b) => a - b));
  });

  it('goes on with one encoder when the source changes', async () => {
    const bench = new WorkerBench();
    await bench.open(g711);
    await bench.sound(tone(1000, 8000, 8000), 8000);
    await bench.order({ kind: 'source', id: 1, source: { ...g711, codec: 'g711u', sampleRate: 16_000 } });
    await bench.sound(tone(1000, 16_000, 16_000), 16_000, 1);
    expect(bench.made.at(-1)?.ticks).toBeGreaterThan(1.6 * 11_025);
    expect(bench.others.filter(({ kind }) => kind !== 'taken')).toEqual([]);
  });

  it('answers what it took in, counts what it cannot decode, and ends one track without the others', async () => {
    const bench = new WorkerBench();
    await bench.open({ codec: 'aac', sampleRate: 11_025, config: Uint8Array.of(0), codedSampleRate: 11_025 }, 7);
    expect(bench.others).toEqual([{ kind: 'failed', id: 7, message: expect.any(String) }]);
    await bench.unit(Uint8Array.of(1, 2, 3), 0, 7);
    await bench.open(g711);
    await bench.sound(new Float32Array(8000), 8000);
    expect(bench.others.filter((result) => result.kind === 'taken' && result.id === 1).length).toBe(25);
    await bench.order({ kind: 'close', id: 1 });
    const count = bench.made.length;
    await bench.sound(new Float32Array(8000), 8000);
    expect(bench.made.length).toBe(count);
  });

  it('gives a track up that cannot be decoded for long, or encoded at all', async () => {
    const codecs = new Codecs();
    const told: Result[] = [];
    const worker = new SoundWorker(codecs, ({ results }) => void told.push(...results.filter(({ kind }) => kind !== 'taken')));
    const send = async (id: number, units: number): Promise<void> => {
      await worker.receive({
        orders: [
          { kind: 'open', id, target },
          { kind: 'source', id, source: g711 },
        ],
        bytes: new Uint8Array(0),
      });
      for (let i = 0; i < units; i++) await worker.receive({ orders: [{ kind: 'unit', id, seconds: i / 25, length: 320 }], bytes: new Uint8Array(320) });
    };
    codecs.decoder = async () => ({
      decode: () => {
        throw new Error('no sound');
      },
      close: () => {},
    });
    await send(1, 150);
    expect(told).toEqual([...Array(100).fill({ kind: 'damaged', id: 1 }), { kind: 'failed', id: 1, message: 'the sound cannot be decoded' }]);
    told.length = 0;
    codecs.decoder = Codecs.prototype.decoder;
    codecs.encoder = async () => ({
      frameSamples: 1024,
      encode: () => {
        throw new Error('out of memory');
      },
      close: () => {},
    });
    await send(2, 10);
    expect(told).toEqual([{ kind: 'failed', id: 2, message: 'out of memory' }]);
  });

  it('ends with its thread when a codec breaks, after it has told whose sound it was', async () => {
    const codecs = new Codecs();
    const told: Result[] = [];
    const worker = new SoundWorker(codecs, ({ results }) => void told.push(...results));
    codecs.decoder = async () => ({
      decode: () => {
        throw Object.assign(new Error('unreachable'), { name: 'RuntimeError' });
      },
      close: () => {},
    });
    await worker.receive({
      orders: [
        { kind: 'open', id: 1, target },
        { kind: 'source', id: 1, source: g711 },
      ],
      bytes: new Uint8Array(0),
    });
    await expect(worker.receive({ orders: [{ kind: 'unit', id: 1, seconds: 0, length: 1 }], bytes: new Uint8Array(1) })).rejects.toThrow('unreachable');
    expect(told.at(-1)).toEqual({ kind: 'failed', id: 1, message: 'unreachable' });
  });
});
