import fc from 'fast-check';
import { FlowMeter } from '../src/proto/flow-meter.js';
import { OncePer } from '../src/proto/once-per.js';
import { type QueuedReport, ReportQueue } from '../src/proto/report-queue.js';

const options = { maxReports: 10, maxBytes: 1000, retryIntervalMs: 1000, maxRetryIntervalMs: 8000 };
let ids = 0;
const report = (lane: string, kind: QueuedReport['kind'] = 'streamStateChange', size = 10): QueuedReport => ({
  id: String(ids++),
  kind,
  lane,
  body: 'x'.repeat(size),
  failures: 0,
});

describe('report queue', () => {
  it('keeps the order of a lane, and lets lanes pass each other', () => {
    const queue = new ReportQueue(options);
    const [a1, a2, b1] = [report('a'), report('a'), report('b')];
    for (const each of [a1, a2, b1]) queue.push(each);
    expect([queue.take(0), queue.take(0), queue.take(0)]).toEqual([a1, b1, undefined]);
    queue.done(a1);
    expect(queue.take(0)).toBe(a2);
    queue.done(a2);
    queue.done(b1);
    expect([queue.size, queue.bytes, queue.take(0), queue.dueMs()]).toEqual([0, 0, undefined, undefined]);
  });

  it('tries again later and later, half of the wait by chance, and holds up that lane alone', () => {
    const queue = new ReportQueue(options);
    const [a1, a2] = [report('a'), report('a')];
    queue.push(a1);
    queue.push(a2);
    let now = 0;
    for (const waitMs of [1000, 2000, 4000, 8000, 8000]) {
      expect(queue.take(now)).toBe(a1);
      queue.failed(a1, now, 1);
      expect(queue.dueMs()).toBe(now + waitMs);
      now += waitMs;
      expect(queue.take(now - 1)).toBeUndefined();
    }
    expect(queue.take(now)).toBe(a1);
    queue.failed(a1, now, 0);
    expect(queue.dueMs()).toBe(now + 4000);
    const other = report('b');
    queue.push(other);
    expect(queue.take(now)).toBe(other);
  });

  it('drops flow reports first, then the oldest, but never one that is being sent', () => {
    const queue = new ReportQueue({ ...options, maxReports: 3 });
    const [first, flow, second, third, fourth] = [report('a'), report('flow', 'flow'), report('a'), report('b'), report('a')];
    queue.push(first);
    expect(queue.take(0)).toBe(first);
    for (const each of [flow, second, third]) queue.push(each);
    expect([queue.size, queue.dropped]).toEqual([3, 1]);
    queue.push(fourth);
    expect([queue.size, queue.dropped]).toEqual([3, 2]);
    queue.done(first);
    expect([queue.take(0), queue.take(0), queue.take(0)]).toEqual([fourth, third, undefined].sort((a, b) => (a === fourth ? -1 : b === fourth ? 1 : 0)));
  });

  it('is bounded whatever happens', () => {
    const step = fc.record({
      lane: fc.constantFrom('a', 'b', 'c', 'flow'),
      size: fc.integer({ min: 0, max: 400 }),
      next: fc.constantFrom('none', 'done', 'failed'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const queue = new ReportQueue(options);
        let now = 0;
        for (const { lane, size, next } of steps) {
          queue.push(report(lane, lane === 'flow' ? 'flow' : 'streamStateChange', size));
          now += 500;
          const taken = next === 'none' ? undefined : queue.take(now);
          if (taken !== undefined && next === 'done') queue.done(taken);
          if (taken !== undefined && next === 'failed') queue.failed(taken, now, 0.5);
          expect(queue.size).toBeLessThanOrEqual(10);
          expect(queue.bytes).toBeLessThanOrEqual(1000);
        }
      }),
      { numRuns: 200, seed: 5 },
    );
  });
});

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
