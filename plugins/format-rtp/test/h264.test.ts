import { collect, hex, packet, run } from './support.js';

const H264 = 'H264/90000';
/** Numbers packets that follow each other. */
const inOrder = (...list: ReturnType<typeof packet>[]) => list.map((one, sequence) => ({ ...one, sequence }));
const shape = (units: ReturnType<typeof collect>['units']) => units.map(({ units: nals, timestamp, complete }) => [hex(nals).join(' '), timestamp, complete]);

describe('H.264 (RFC 6184)', () => {
  it('single units, STAP-A and FU-A of one picture', () => {
    const { units } = run(
      H264,
      inOrder(
        packet('18 0004 6742c01f 0004 68ce3c80'),
        packet('06 05 10 aa'),
        packet('7c 85 88 0102'),
        packet('7c 05 0304'),
        packet('7c 45 05', { marker: true }),
        packet('41 9a 01', { marker: true, timestamp: 3600 }),
      ),
    );
    expect(shape(units)).toEqual([
      ['6742c01f 68ce3c80 060510aa 65880102030405', 0, true],
      ['419a01', 3600, true],
    ]);
  });

  it('a marker that was right three times gives a picture out at once', () => {
    const { depacketizer, units } = collect(H264);
    const given = [0, 1, 2, 3, 4].map((i) => {
      depacketizer.push(packet('41 9a 01', { marker: true, timestamp: i * 3600 }));
      return units.length;
    });
    expect(given).toEqual([0, 1, 2, 4, 5]);
  });

  it('no markers; markers on each packet; parameter sets with a marker or a time stamp of their own', () => {
    for (const marker of [false, true]) {
      const { units } = run(
        H264,
        inOrder(
          packet('67 42c01f', { marker, timestamp: 9 }),
          packet('68 ce3c80', { marker, timestamp: 9 }),
          packet('65 88 01', { marker, timestamp: 10 }),
          packet('65 08 02', { marker, timestamp: 10 }),
          packet('41 9a 03', { marker, timestamp: 20 }),
          packet('41 1a 04', { marker, timestamp: 20 }),
          packet('41 9a 05', { marker, timestamp: 30 }),
        ),
      );
      expect(shape(units)).toEqual([
        ['6742c01f 68ce3c80 658801 650802', 10, true],
        ['419a03 411a04', 20, true],
        ['419a05', 30, true],
      ]);
    }
  });

  it('a clock that stands still', () => {
    for (const marker of [false, true]) {
      const { units } = run(H264, inOrder(packet('65 88 01', { marker }), packet('41 9a 02', { marker }), packet('41 9a 03', { marker })));
      expect(shape(units).map(([nals]) => nals)).toEqual(['658801', '419a02', '419a03']);
    }
  });

  it('Annex B left in: in a packet, in a fragmented unit', () => {
    expect(shape(run(H264, inOrder(packet('00000001 6742c01f 00000001 68ce3c80 000001 658801'))).units)).toEqual([['6742c01f 68ce3c80 658801', 0, true]]);
    expect(shape(run(H264, inOrder(packet('1c80 0001 67 4d0033 00'), packet('1c40 000001 68 ee3c'))).units)).toEqual([['674d0033 68ee3c', 0, true]]);
  });

  it('a unit that lost a part is left out, and the picture said to be damaged', () => {
    const picture = [packet('67 42c01f'), packet('7c 85 88 01'), packet('7c 05 02'), packet('7c 45 03', { marker: true })];
    const all = inOrder(...picture, packet('41 9a 05', { marker: true, timestamp: 3600 }));
    for (const missing of [1, 2, 3]) {
      const { units, depacketizer } = run(
        H264,
        all.filter((_, i) => i !== missing),
      );
      expect(shape(units)).toEqual([
        ['6742c01f', 0, false],
        ['419a05', 3600, true],
      ]);
      expect(depacketizer.counters).toEqual({ accessUnits: 2, damaged: 1, malformed: 0 });
    }
  });

  it('a picture whose beginning is missing is damaged; one behind a lost picture is whole', () => {
    const all = inOrder(...[0, 1, 2, 3].flatMap((i) => [packet('41 9a 01', { timestamp: i }), packet('41 1a 02', { marker: true, timestamp: i })]));
    expect(shape(run(H264, all.slice(0, 4).concat(all.slice(5))).units).map(([, timestamp, complete]) => [timestamp, complete])).toEqual([
      [0, true],
      [1, true],
      [2, false],
      [3, true],
    ]);
    expect(shape(run(H264, all.slice(0, 4).concat(all.slice(6))).units).map(([, timestamp, complete]) => [timestamp, complete])).toEqual([
      [0, true],
      [1, true],
      [3, true],
    ]);
  });

  it('a key picture that lost its SPS is damaged, though it begins well', () => {
    const key = [packet('67 42c01f', { timestamp: 3600 }), packet('68 ce3c80', { timestamp: 3600 }), packet('65 88 01', { marker: true, timestamp: 3600 })];
    const before = [packet('41 9a 00', { marker: true }), packet('41 9a 01', { marker: true, timestamp: 1800 })];
    const all = inOrder(...before, ...key, packet('41 9a 02', { marker: true, timestamp: 7200 }));
    const { units } = run(H264, [...all.slice(0, 2), ...all.slice(3)]);
    expect(shape(units)).toEqual([
      ['419a00', 0, true],
      ['419a01', 1800, true],
      ['68ce3c80 658801', 3600, false],
      ['419a02', 7200, true],
    ]);
  });

  it('joined in the middle of a picture', () => {
    const { units } = run(H264, inOrder(packet('7c 05 02'), packet('7c 45 03', { marker: true }), packet('41 9a 05', { marker: true, timestamp: 3600 })));
    expect(shape(units)).toEqual([['419a05', 3600, true]]);
  });

  it('a picture over the limit is dropped, and the next one taken', () => {
    const { depacketizer, units } = collect(H264, { maxAccessUnitBytes: 1000 });
    for (let i = 0; i < 5; i++) depacketizer.push(packet(Buffer.alloc(300, 0x65)));
    depacketizer.push(packet('41 9a 05', { timestamp: 3600 }));
    depacketizer.finish();
    expect(shape(units)).toEqual([['419a05', 3600, true]]);
    expect(depacketizer.counters.damaged).toBe(1);
  });
});
