import { readMoov } from '../src/box.js';
import { openMp4 } from '../src/index.js';
import { lastNotAbove, parseSampleTable } from '../src/sample-table.js';
import { box, fixture, memorySource, packetOf, probed, readAll, words } from './support.js';

const BOUNDS = { maxSamples: 1000, fileBytes: 1_000_000 };
const full = (type: string, ...values: readonly number[]) => box(type, words(0, ...values));

describe('sample tables', () => {
  const stts = full('stts', 2, 2, 10, 1, 20);
  const stsc = full('stsc', 2, 1, 2, 1, 2, 1, 1);

  it('are put together', () => {
    const stbl = Buffer.concat([
      stts,
      full('ctts', 2, 1, 5, 2, -5),
      stsc,
      full('stsz', 0, 3, 100, 200, 300),
      full('stco', 2, 1000, 5000),
      full('stss', 2, 1, 3),
    ]);
    const table = parseSampleTable(stbl, BOUNDS);
    expect([...table.offsets]).toEqual([1000, 1100, 5000]);
    expect([...table.sizes]).toEqual([100, 200, 300]);
    expect([...table.dts]).toEqual([0, 10, 20]);
    expect([...table.compositionOffsets]).toEqual([5, -5, -5]);
    expect([...(table.syncSamples ?? [])]).toEqual([0, 2]);
    expect(table.duration).toBe(40);
  });

  it('know 64-bit offsets, small sizes and one size for all', () => {
    const co64 = full('co64', 2, 1, 0, 1, 4096);
    const stz2 = (bits: number, ...bytes: readonly number[]) => box('stz2', words(0, bits, 3), bytes);
    for (const sizes of [full('stsz', 7, 3), stz2(4, 0x77, 0x70), stz2(8, 7, 7, 7), stz2(16, 0, 7, 0, 7, 0, 7)]) {
      const table = parseSampleTable(Buffer.concat([stts, stsc, sizes, co64]), BOUNDS);
      expect([...table.sizes]).toEqual([7, 7, 7]);
      expect([...table.offsets]).toEqual([2 ** 32, 2 ** 32 + 7, 2 ** 32 + 4096]);
      expect(table.syncSamples).toBeUndefined();
    }
  });

  it('refuse what is not there', () => {
    const stco = full('stco', 2, 1000, 5000);
    const parse =
      (...boxes: readonly Buffer[]) =>
      () =>
        parseSampleTable(Buffer.concat(boxes), BOUNDS);
    const sizes = full('stsz', 0, 3, 1, 2, 3);
    expect(parse(stts, stsc, full('stsz', 0, 900, 1, 2, 3), stco)).toThrow(expect.objectContaining({ code: 'ERR_MP4_BOX' }));
    expect(parse(stts, stsc, full('stsz', 0, 1001), stco)).toThrow(expect.objectContaining({ code: 'ERR_MP4_TOO_LARGE' }));
    expect(parse(stts, stsc, full('stsz', 10_000, 900), stco)).toThrow(expect.objectContaining({ code: 'ERR_MP4_BOX' }));
    expect(parse(stts, stsc, sizes, full('stco', 0xffffffff, 1))).toThrow(expect.objectContaining({ code: 'ERR_MP4_BOX' }));
    expect(parse(stts, stsc, sizes, full('stco', 1, 1000))).toThrow(/hold 2 of 3/);
    expect(parse(stts, sizes, stco)).toThrow(/without chunks/);
    expect(parse(full('stts', 5, 1), stsc, sizes, stco)).toThrow(expect.objectContaining({ code: 'ERR_MP4_BOX' }));
  });

  it('are searched', () => {
    expect([-1, 0, 5, 10, 99].map((limit) => lastNotAbove([0, 10, 20], limit))).toEqual([0, 0, 0, 1, 2]);
    expect(lastNotAbove([], 5)).toBe(0);
  });
});

describe('boxes at the top', () => {
  it('may have 64-bit sizes', async () => {
    const name = 'h264-b-aac-end.mp4';
    const bytes = fixture(name);
    const at = bytes.indexOf('mdat') - 4;
    const size = bytes.readUInt32BE(at);
    // FFmpeg leaves eight bytes free before, for exactly this.
    expect(bytes.toString('latin1', at - 4, at)).toBe('free');
    const long = Buffer.from(bytes);
    long.writeUInt32BE(1, at - 8);
    long.write('mdat', at - 4, 'latin1');
    long.writeUInt32BE(0, at);
    long.writeUInt32BE(size + 8, at + 4);
    const video = (await readAll((await openMp4(memorySource(long))).reader())).map(packetOf).filter(({ kind }) => kind === 'video');
    expect(video).toEqual(probed(name).filter(({ kind }) => kind === 'video'));
  });

  it('may go to the end', async () => {
    const moov = Buffer.concat([box('ftyp', words(0)), words(0), Buffer.from('moov'), Buffer.from('inside')]);
    expect((await readMoov(memorySource(moov), { maxMoovBytes: 100, maxBoxes: 10 })).toString()).toBe('inside');
  });
});
