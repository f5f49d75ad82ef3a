import { Slab } from '@sluice/core';

describe('Slab', () => {
  it('cuts small buffers from one larger, and large ones apart', () => {
    const slab = new Slab(1000);
    const [a, b] = [slab.take(250), slab.take(250)];
    expect([a.length, b.length]).toEqual([250, 250]);
    expect(a.buffer).toBe(b.buffer);
    a.fill(1);
    b.fill(2);
    expect(a.every((byte) => byte === 1)).toBe(true);
    const large = slab.take(251);
    expect(large.length).toBe(251);
    expect(large.buffer).not.toBe(a.buffer);
    expect(large.buffer.byteLength).toBe(251);
  });

  it('begins another when one is used up', () => {
    const slab = new Slab(1000);
    const taken = Array.from({ length: 6 }, () => slab.take(200));
    expect(new Set(taken.map(({ buffer }) => buffer)).size).toBe(2);
    expect(slab.take(0).length).toBe(0);
  });
});
