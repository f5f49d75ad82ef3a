import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDiskStore, createMemoryStore } from '../src/net/segment-store.js';
import { SegmentWindow } from '../src/net/segment-window.js';

const LIMITS = { playlistSegments: 3, keptSegments: 2, maxBytes: 1000 };
const segment = (change: object = {}) => ({ bytes: Buffer.alloc(10), suffix: 'ts', durationMs: 2000, discontinuity: false, startedAtMs: 0, ...change });

describe('a window of segments', () => {
  it('names the newest, keeps some more, and counts the discontinuities that went', async () => {
    const store = createMemoryStore();
    const window = new SegmentWindow(LIMITS, store);
    for (let i = 0; i < 10; i++) window.add(segment({ discontinuity: i === 2 || i === 8 }));
    expect(window.listed.map(({ sequence, discontinuitiesBefore }) => [sequence, discontinuitiesBefore])).toEqual([
      [7, 1],
      [8, 1],
      [9, 2],
    ]);
    expect([4, 5, 9, 10].map((i) => store.get(`${i}.ts`) !== undefined)).toEqual([false, true, true, false]);
    expect(window.bytes).toBe(50);
  });

  it('keeps no more bytes than it may', () => {
    const window = new SegmentWindow(LIMITS, createMemoryStore());
    for (let i = 0; i < 10; i++) window.add(segment({ bytes: Buffer.alloc(400) }));
    expect(window.bytes).toBe(800);
    expect(window.listed.length).toBe(2);
  });

  it('keeps an initialisation segment as long as a segment needs it', () => {
    const store = createMemoryStore();
    const window = new SegmentWindow(LIMITS, store);
    const init = Buffer.from('init');
    window.add(segment({ init, suffix: 'm4s' }));
    for (let i = 0; i < 4; i++) window.add(segment({ suffix: 'm4s' }));
    window.add(segment({ init, suffix: 'm4s', discontinuity: true }));
    expect(window.listed.map(({ map }) => map)).toEqual(['init-0.m4s', 'init-0.m4s', 'init-1.m4s']);
    expect(store.get('init-0.m4s')).toBe(init);
    for (let i = 0; i < 4; i++) window.add(segment({ suffix: 'm4s' }));
    expect(store.get('init-0.m4s')).toBeUndefined();
    expect(store.get('init-1.m4s')).toBe(init);
  });
});

describe('segments on disk', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'hls-store-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('are read back while they are written and after, and go with the store', async () => {
    const errors: unknown[] = [];
    const store = createDiskStore(join(folder, 'a'), (error) => errors.push(error));
    store.put('0.ts', Buffer.from('zero'));
    store.put('1.ts', Buffer.from('one'));
    expect(await store.get('0.ts')).toEqual(Buffer.from('zero'));
    store.remove('0.ts');
    expect(store.get('0.ts')).toBeUndefined();
    await store.idle();
    expect(readdirSync(join(folder, 'a'))).toEqual(['1.ts']);
    expect(await store.get('1.ts')).toEqual(Buffer.from('one'));
    expect(store.get('../a/1.ts')).toBeUndefined();
    store.close();
    await store.idle();
    expect(readdirSync(folder)).toEqual([]);
    expect(errors).toEqual([]);
  });

  it('stay in memory where the disk does not take them', async () => {
    const errors: unknown[] = [];
    const store = createDiskStore('/dev/null/x', (error) => errors.push(error));
    store.put('0.ts', Buffer.from('zero'));
    await store.idle();
    expect(errors.length).toBeGreaterThan(0);
    expect(await store.get('0.ts')).toEqual(Buffer.from('zero'));
  });
});
