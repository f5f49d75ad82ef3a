import { parseOpusPacketHead } from '@sluice/plugin-codec-opus';
import { OpusLibrary } from '../src/codec/opus-library.js';
import type { SourceFormat } from '../src/worker/messages.js';
import { amplitude, pitch, tone } from './tones.js';
import { AAC_CONFIG, heardAac, heardOpus, OPUS_TARGET, onset, WorkerBench } from './worker-bench.js';

const opus: SourceFormat = { codec: 'opus', sampleRate: 48_000, channels: 1 };

/** Encodes sound of one channel at 48 kHz in packets of `size` samples. */
async function packetsOf(sound: Float32Array, size: number): Promise<Uint8Array[]> {
  const library = await OpusLibrary.load();
  const handler = library.open(48_000, 1);
  const packets: Uint8Array[] = [];
  for (let at = 0; at + size <= sound.length; at += size) packets.push(library.encode(handler, sound.subarray(at, at + size), 1));
  library.close(handler);
  return packets;
}

/** One packet of the frames of several that each hold one: RFC 6716 3.2.5, code 3, each but the last with its length. */
function joined(packets: readonly Uint8Array[]): Uint8Array {
  const frames = packets.map((packet) => packet.subarray(1));
  const lengths = frames.slice(0, -1).flatMap(({ length }) => (length < 252 ? [length] : [252 + (length & 3), (length - 252 - (length & 3)) / 4]));
  return Uint8Array.of(((packets[0] as Uint8Array)[0] as number) | 3, 0x80 | frames.length, ...lengths, ...frames.flatMap((frame) => [...frame]));
}

/** A second of silence and two of a tone of 1 kHz. */
function lateTone(rate: number): Float32Array {
  const sound = new Float32Array(3 * rate);
  sound.set(tone(1000, rate, 2 * rate), rate);
  return sound;
}

function expectTone(heard: Float32Array, rate: number): void {
  expect(Math.abs(onset(heard, rate) - 1)).toBeLessThan(0.01);
  const steady = heard.subarray(1.3 * rate, 2.6 * rate);
  expect(pitch(steady, rate)).toBeCloseTo(1000, 0);
  expect(Math.abs(amplitude(steady, 1000, rate) - 0.5)).toBeLessThan(0.05);
}

describe('Opus that is made', () => {
  it.each([8000, 16_000])('of G.711 at %i Hz has its tone and level at its time, in packets of 20 ms one after another', async (rate) => {
    const bench = new WorkerBench(OPUS_TARGET);
    await bench.open({ codec: 'g711a', sampleRate: rate, channels: 1 });
    await bench.sound(lateTone(rate), rate, 100);
    expect(bench.made.every(({ bytes, ticks }, i) => parseOpusPacketHead(Buffer.from(bytes))?.samples === 960 && ticks === 100 * 48_000 + i * 960)).toBe(true);
    // Less than a packet, and what the resampler and the encoder look ahead, is still under way.
    expect(Math.abs(bench.made.length * 960 - 3 * 48_000)).toBeLessThan(2 * 960);
    expectTone(await heardOpus(bench.made.map(({ ticks, bytes }) => ({ bytes, ticks: ticks - 100 * 48_000 }))), 48_000);
  });

  it('of AAC has its tone and level at its time', async () => {
    const [source, bench] = [new WorkerBench(), new WorkerBench(OPUS_TARGET)];
    await source.open({ codec: 'g711a', sampleRate: 16_000, channels: 1 });
    await source.sound(lateTone(16_000), 16_000);
    await bench.open({ codec: 'aac', sampleRate: 11_025, config: AAC_CONFIG, codedSampleRate: 11_025 });
    for (const { ticks, bytes } of source.made) await bench.unit(bytes, ticks / 11_025);
    expectTone(await heardOpus(bench.made), 48_000);
  });

  it('is in stereo where it is asked for', async () => {
    const bench = new WorkerBench({ ...OPUS_TARGET, channels: 2 });
    await bench.open({ codec: 'g711a', sampleRate: 8000, channels: 1 });
    await bench.sound(lateTone(8000), 8000);
    expect(bench.made.every(({ bytes }) => parseOpusPacketHead(Buffer.from(bytes))?.samples === 960)).toBe(true);
    expectTone(await heardOpus(bench.made), 48_000);
  });
});

describe('Opus that is decoded', () => {
  it.each([2.5, 5, 10, 20, 40, 60])('in packets of %f ms becomes AAC with its tone and level at its time', async (ms) => {
    const bench = new WorkerBench();
    await bench.open(opus);
    for (const [i, packet] of (await packetsOf(lateTone(48_000), ms * 48)).entries()) await bench.unit(packet, (i * ms) / 1000);
    expect(bench.made.every(({ ticks }, i) => ticks === i * 1024)).toBe(true);
    expect(Math.abs(bench.made.length * 1024 - 3 * 11_025)).toBeLessThan(3 * 1024);
    expectTone(await heardAac(bench.made), 11_025);
  });

  it('may have 120 ms in a packet', async () => {
    const bench = new WorkerBench();
    await bench.open(opus);
    // Without its beginning, where the encoder has not chosen its mode yet.
    const packets = (await packetsOf(tone(1000, 48_000, 4 * 48_000), 960)).slice(50);
    expect(new Set(packets.map(([first]) => first)).size).toBe(1);
    for (let i = 0; i + 6 <= packets.length; i += 6) await bench.unit(joined(packets.slice(i, i + 6)), i / 50);
    expect(bench.others.filter(({ kind }) => kind !== 'taken')).toEqual([]);
    const heard = await heardAac(bench.made);
    expect(heard.length).toBeGreaterThan(2.8 * 11_025);
    expect(Math.abs(amplitude(heard.subarray(11_025, 2 * 11_025), 1000, 11_025) - 0.5)).toBeLessThan(0.05);
  });

  it('and made again is where it was', async () => {
    const bench = new WorkerBench(OPUS_TARGET);
    await bench.open(opus);
    const packets = await packetsOf(lateTone(48_000), 960);
    for (const [i, packet] of packets.entries()) await bench.unit(packet, i / 50);
    const before = onset(await heardOpus(packets.map((bytes, i) => ({ bytes, ticks: i * 960 }))), 48_000);
    expect(Math.abs(onset(await heardOpus(bench.made), 48_000) - before)).toBeLessThan(0.001);
  });

  it('pauses where nothing is sent in silence, and goes on at its time at once', async () => {
    const bench = new WorkerBench();
    await bench.open(opus);
    const sound = new Float32Array(2 * 48_000);
    sound.set(tone(1000, 48_000, 24_000));
    sound.set(tone(1000, 48_000, 48_000), 48_000);
    const packets = await packetsOf(sound, 960);
    // Half a second of tone and a tenth of silence; two pauses of 300 ms with a packet without content between them; a second of tone.
    for (let i = 0; i < 30; i++) await bench.unit(packets[i] as Uint8Array, i / 50);
    await bench.unit(Uint8Array.of((packets[0] as Uint8Array)[0] as number), 0.9);
    for (let i = 0; i < 50; i++) await bench.unit(packets[50 + i] as Uint8Array, 1.22 + i / 50);
    expect(bench.others.filter(({ kind }) => kind !== 'taken')).toEqual([]);
    const heard = await heardAac(bench.made);
    expect(Math.abs(onset(heard, 11_025, 0.7) - 1.22)).toBeLessThan(0.02);
    expect(Math.abs(amplitude(heard.subarray(1.3 * 11_025, 2 * 11_025), 1000, 11_025) - 0.5)).toBeLessThan(0.05);
    expect(bench.made.every(({ ticks }, i) => ticks === i * 1024)).toBe(true);
  });

  it('is left out where it is damaged', async () => {
    const bench = new WorkerBench();
    await bench.open(opus);
    for (const unit of [Uint8Array.of(0xff, 0xff, 1), new Uint8Array(10_000)]) await bench.unit(unit, 0);
    expect(bench.others.filter(({ kind }) => kind === 'damaged').length).toBe(2);
    await bench.unit(new Uint8Array(0), 0);
    expect(bench.others.at(-1)).toEqual({ kind: 'taken', id: 1, units: 1, bytes: 0 });
    for (const [i, packet] of (await packetsOf(lateTone(48_000), 960)).entries()) await bench.unit(packet, i / 50);
    expectTone(await heardAac(bench.made), 11_025);
  });

  it('does not break a thread, whatever it is', async () => {
    const bench = new WorkerBench();
    await bench.open(opus);
    const [good] = (await packetsOf(tone(1000, 48_000, 4800), 960)) as [Uint8Array];
    let state = 1;
    for (let i = 0; i < 500; i++) {
      const unit = Uint8Array.from(good, (byte) => {
        state = (state * 1_103_515_245 + 12_345) & 0x7fffffff;
        return state % 7 === 0 ? state >> 8 : byte;
      });
      await bench.unit(unit.subarray(0, 1 + (i % unit.length)), i / 50);
    }
    expect(bench.others.filter(({ kind }) => kind === 'failed')).toEqual([]);
  });
});
