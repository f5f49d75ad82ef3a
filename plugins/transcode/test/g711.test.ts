import { decodeG711 } from '../src/audio/g711.js';

describe('decodeG711', () => {
  it('gives the values of the tables of ITU-T G.711', () => {
    const samples = (law: 'g711a' | 'g711u', codes: number[]): number[] =>
      [...(decodeG711(law, Uint8Array.from(codes), 1)[0] ?? [])].map((value) => Math.round(value * 32_768));
    expect(samples('g711a', [0xd5, 0x55, 0xaa, 0x2a, 0x80, 0x00])).toEqual([8, -8, 32_256, -32_256, 5504, -5504]);
    expect(samples('g711u', [0xff, 0x7f, 0x80, 0x00, 0xf0])).toEqual([0, -0, 32_124, -32_124, 120]);
  });

  it('parts interleaved channels and leaves out an incomplete last sample', () => {
    const [left, right] = decodeG711('g711u', Uint8Array.from([0xff, 0x80, 0xff, 0x80, 0xff]), 2);
    expect([...(left ?? [])]).toEqual([0, 0]);
    expect(right?.length).toBe(2);
    expect(right?.[0]).toBeCloseTo(0.98, 2);
  });
});
