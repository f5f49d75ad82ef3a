import fc from 'fast-check';
import { LaneQueue, type Message } from '../src/index.js';

const options = { maxMessages: 10, maxBytes: 1000, retryIntervalMs: 1000, maxRetryIntervalMs: 8000 };
interface Named extends Message {
  readonly name: string;
}
let names = 0;
const message = (lane: string, { expendable = false, bytes = 10 } = {}): Named => ({ name: `${lane}${names++}`, lane, bytes, expendable, failures: 0 });

describe('lane queue', () => {
  it('keeps the order of a lane, and lets lanes pass each other', () => {
    const queue = new LaneQueue<Named>(options);
    const [a1, a2, b1] = [message('a'), message('a'), message('b')];
    for (const each of [a1, a2, b1]) queue.push(each);
    expect([queue.take(0), queue.take(0), queue.take(0)]).toEqual([a1, b1, undefined]);
    queue.done(a1);
    expect(queue.take(0)).toBe(a2);
    queue.done(a2);
    queue.done(b1);
    expect([queue.size, queue.bytes, queue.take(0), queue.dueMs()]).toEqual([0, 0, undefined, undefined]);
  });

  it('tries again later and later, half of the wait by chance, and holds up that lane alone', () => {
    const queue = new LaneQueue<Named>(options);
    const [a1, a2] = [message('a'), message('a')];
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
    const other = message('b');
    queue.push(other);
    expect(queue.take(now)).toBe(other);
  });

  it('drops expendable ones first, then the oldest, but never one that is being sent', () => {
    const queue = new LaneQueue<Named>({ ...options, maxMessages: 3 });
    const [first, flow, second, third, fourth] = [message('a'), message('flow', { expendable: true }), message('a'), message('b'), message('a')];
    queue.push(first);
    expect(queue.take(0)).toBe(first);
    expect([flow, second, third].flatMap((each) => queue.push(each))).toEqual([flow]);
    expect([queue.push(fourth), queue.size]).toEqual([[second], 3]);
    queue.done(first);
    expect([queue.take(0), queue.take(0), queue.take(0)]).toEqual([third, fourth, undefined]);
  });

  it('is bounded whatever happens', () => {
    const step = fc.record({
      lane: fc.constantFrom('a', 'b', 'c', 'flow'),
      size: fc.integer({ min: 0, max: 400 }),
      next: fc.constantFrom('none', 'done', 'failed'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const queue = new LaneQueue<Named>(options);
        let now = 0;
        for (const { lane, size, next } of steps) {
          queue.push(message(lane, { expendable: lane === 'flow', bytes: size }));
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
