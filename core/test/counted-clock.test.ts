import { countTimers } from '../src/kernel/counted-clock.js';
import { FakeClock } from '../src/testing/index.js';

it('counts timers until they ran or were cancelled, each once', () => {
  const fake = new FakeClock();
  const clock = countTimers(fake);
  let ran = 0;
  const first = clock.after(10, () => ran++);
  const second = clock.after(20, () => ran++);
  const third = clock.every(10, () => ran++);
  expect(clock.timers()).toBe(3);
  fake.advance(10);
  expect({ ran, timers: clock.timers() }).toEqual({ ran: 2, timers: 2 });
  first();
  expect(clock.timers()).toBe(2);
  second();
  second();
  expect(clock.timers()).toBe(1);
  fake.advance(50);
  expect({ ran, timers: clock.timers() }).toEqual({ ran: 7, timers: 1 });
  third();
  third();
  expect(clock.timers()).toBe(0);
});

it('a timer that is set anew from its own callback is one', () => {
  const fake = new FakeClock();
  const clock = countTimers(fake);
  const again = (): void => void clock.after(5, again);
  again();
  fake.advance(50);
  expect(clock.timers()).toBe(1);
});
