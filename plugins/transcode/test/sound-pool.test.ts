import { SoundPool } from '../src/net/sound-pool.js';
import type { ThreadListener } from '../src/net/sound-thread.js';

const target = { codec: 'aac' as const, sampleRate: 11_025, channels: 1, bitrate: 24_000 };
const listener = { unit: () => {}, lost: () => {}, failed: () => {}, gone: () => {} };
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function setUp(threads: number) {
  const started: ThreadListener[] = [];
  const crashes: boolean[] = [];
  const pool = new SoundPool({
    threads,
    start: (thread) => {
      started.push(thread);
      return { post: () => {}, close: async () => {} };
    },
    now: () => 0,
    crashed: (_, givenUp) => void crashes.push(givenUp),
  });
  const open = async (count: number) => {
    const tracks = Array.from({ length: count }, () => pool.open(target, listener));
    await turn();
    return tracks;
  };
  return { pool, started, crashes, open };
}

describe('SoundPool', () => {
  it('starts a thread for each 16 tracks, as many as are allowed, and fills up those that run', async () => {
    const { pool, started, open } = setUp(2);
    const first = await open(16);
    expect(started.length).toBe(1);
    await open(1);
    expect(started.length).toBe(2);
    await open(40);
    expect([started.length, pool.size]).toEqual([2, 57]);
    for (const track of first) track.close();
    expect(pool.size).toBe(41);
  });

  it('works as long as one thread does', async () => {
    const { pool, started, crashes, open } = setUp(2);
    await open(17);
    const crash = async (index: number) => {
      for (let i = 0; i < 5; i++) {
        started[index]?.crashed(new Error('x'));
        await turn();
        started[index] = started.at(-1) as ThreadListener;
      }
    };
    await crash(0);
    expect([pool.works, crashes.at(-1)]).toEqual([true, false]);
    await crash(1);
    expect([pool.works, crashes.at(-1)]).toEqual([false, true]);
    expect(() => pool.open(target, listener)).toThrow('crash');
  });
});
