import { FlowMeter } from '../src/proto/flow-meter.js';
import { OncePer } from '../src/proto/once-per.js';

describe('flow meter', () => {
  const owner = (id: string) => ({ channelId: id, streamId: `s${id}`, ssrc: '0000000001' });
  it('tells what came since the last report, and the rest of those that ended', () => {
    const meter = new FlowMeter();
    expect(meter.report([[owner('1'), { bytes: 100, packets: 2, lost: 1 }]])).toEqual([{ ...owner('1'), bytes: 100, totalBytes: 100, packets: 2, lost: 1 }]);
    meter.end(owner('2'), { bytes: 7, packets: 1, lost: 0 });
    expect(meter.report([[owner('1'), { bytes: 150, packets: 3, lost: 0 }]])).toEqual([
      { ...owner('2'), bytes: 7, totalBytes: 7, packets: 1, lost: 0 },
      { ...owner('1'), bytes: 50, totalBytes: 150, packets: 1, lost: 0 },
    ]);
    meter.end(owner('1'), { bytes: 151, packets: 4, lost: 0 });
    expect(meter.report([])).toMatchObject([{ channelId: '1', bytes: 1, totalBytes: 151, packets: 1 }]);
    expect(meter.report([])).toEqual([]);
  });
});

describe('once per period', () => {
  it('lets a key through once, and keeps few', () => {
    const once = new OncePer(1000, 2);
    expect([once.pass('a', 0), once.pass('a', 999), once.pass('b', 5), once.pass('a', 1000)]).toEqual([true, false, true, true]);
    for (let n = 0; n < 100; n++) once.pass(`k${n}`, 2000);
    expect(once.pass('a', 1001)).toBe(true);
  });
});
