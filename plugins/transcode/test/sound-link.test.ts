import { SoundLink, type SoundListener } from '../src/net/sound-link.js';
import type { ThreadListener } from '../src/net/sound-thread.js';
import type { OrderBatch } from '../src/worker/messages.js';

const target = { codec: 'aac' as const, sampleRate: 11_025, channels: 1, bitrate: 24_000 };
const source = { codec: 'g711a', sampleRate: 8000, channels: 1 } as const;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

class Threads {
  readonly listeners: ThreadListener[] = [];
  readonly batches: OrderBatch[] = [];
  crashes = 0;
  closed = 0;
  nowMs = 0;
  readonly link = new SoundLink({
    start: (listener) => {
      this.listeners.push(listener);
      return {
        post: (batch) => void this.batches.push(batch),
        close: async () => {
          this.closed++;
        },
      };
    },
    now: () => this.nowMs,
    crashed: () => {
      this.crashes++;
    },
  });
}

class Told implements SoundListener {
  readonly told: unknown[] = [];
  unit(bytes: Buffer, ticks: number): void {
    this.told.push([bytes.toString(), ticks]);
  }
  lost(kind: string): void {
    this.told.push(kind);
  }
  failed(message: string): void {
    this.told.push(message);
  }
  gone(): void {
    this.told.push('gone');
  }
}

describe('SoundLink', () => {
  it('starts a thread for the first track, and sends the orders of a turn in one message with their bytes alone', async () => {
    const threads = new Threads();
    expect(threads.listeners.length).toBe(0);
    const track = threads.link.open(target, new Told());
    track.setSource(source);
    const slab = Buffer.from('....abcdef....');
    track.push([slab.subarray(4, 7)], 1);
    track.push([slab.subarray(7, 10)], 1.04);
    await turn();
    expect(threads.batches.map(({ orders }) => orders.map(({ kind }) => kind))).toEqual([['open', 'source', 'unit', 'unit']]);
    const bytes = threads.batches[0]?.bytes as Uint8Array;
    expect([Buffer.from(bytes).toString(), bytes.buffer.byteLength]).toEqual(['abcdef', 6]);
    track.close();
    await turn();
    expect(threads.batches[1]?.orders).toEqual([{ kind: 'close', id: 1 }]);
    expect(threads.link.size).toBe(0);
    await threads.link.close();
    expect(threads.closed).toBe(1);
  });

  it('hands results to their tracks, and none to a closed one', async () => {
    const threads = new Threads();
    const [first, second] = [new Told(), new Told()];
    threads.link.open(target, first);
    const gone = threads.link.open(target, second);
    await turn();
    gone.close();
    const bytes = Buffer.from('abcdef');
    threads.listeners[0]?.results({
      bytes,
      results: [
        { kind: 'unit', id: 1, ticks: 5, length: 2 },
        { kind: 'unit', id: 2, ticks: 6, length: 3 },
        { kind: 'unit', id: 1, ticks: 7, length: 1 },
        { kind: 'damaged', id: 1 },
        { kind: 'failed', id: 1, message: 'no' },
      ],
    });
    expect(first.told).toEqual([['ab', 5], ['f', 7], 'damaged', 'no']);
    expect(second.told).toEqual([]);
    expect(threads.link.size).toBe(0);
  });

  it('bounds what waits for a thread that does not answer, and takes more when it did', async () => {
    const threads = new Threads();
    const told = new Told();
    const track = threads.link.open(target, told);
    const unit = Buffer.alloc(100_000);
    for (let i = 0; i < 8; i++) track.push([unit], i);
    expect(told.told).toEqual(['overload', 'overload', 'overload']);
    await turn();
    threads.listeners[0]?.results({ bytes: new Uint8Array(0), results: [{ kind: 'taken', id: 1, units: 1, bytes: 100_000 }] });
    track.push([unit], 9);
    expect(told.told.length).toBe(3);
  });

  it('goes on in a new thread after a crash, and gives up when crashes do not end', async () => {
    const threads = new Threads();
    const told = new Told();
    const track = threads.link.open(target, told);
    track.setSource(source);
    await turn();
    for (let crash = 0; crash < 6; crash++) {
      threads.nowMs += 15_000;
      threads.listeners.at(-1)?.crashed(new Error('x'));
      await turn();
      expect(threads.batches.at(-1)?.orders.map(({ kind }) => kind)).toEqual(['open', 'source']);
    }
    expect(threads.listeners.length).toBe(7);
    for (let crash = 0; crash < 2; crash++) {
      threads.listeners.at(-1)?.crashed(new Error('x'));
      await turn();
    }
    expect(threads.crashes).toBe(8);
    expect(told.told.at(-1)).toBe('gone');
    expect(threads.link.works).toBe(false);
  });
});
