import { StampFinder } from '../src/stamps.js';

const stamp = (us: number): string => `\x06\x05\x20perf-stamp-v0001${us.toString(16).padStart(16, '0')}\x80`;
const stream = Buffer.from(`head${stamp(1000)} picture ${stamp(2_000_000_000)}${stamp(3)} tail`, 'latin1');

it('finds the stamps of a stream wherever it is cut in two', () => {
  for (let cut = 0; cut <= stream.length; cut++) {
    const finder = new StampFinder();
    expect([...finder.find(stream.subarray(0, cut)), ...finder.find(stream.subarray(cut))]).toEqual([1000, 2_000_000_000, 3]);
  }
});

it('finds them byte by byte', () => {
  const finder = new StampFinder();
  expect([...stream].flatMap((byte) => finder.find(Buffer.from([byte])))).toEqual([1000, 2_000_000_000, 3]);
});
