import { pluginClock } from '../src/plugin/plugin-clock.js';
import { FakeClock } from '../src/testing/index.js';

function make() {
  const base = new FakeClock();
  const state = { active: true, errors: 0 };
  const clock = pluginClock(base, { active: () => state.active, onError: () => void state.errors++, onRan: () => {} });
  return { base, state, clock };
}

it('runs timers, tells what they throw, and stops them where asked', () => {
  const { base, state, clock } = make();
  const ran: string[] = [];
  clock.after(10, () => void ran.push('after'));
  const cancel = clock.every(10, () => void ran.push('every'));
  clock.after(10, () => {
    throw new Error('oh');
  });
  base.advance(20);
  cancel();
  base.advance(20);
  expect([ran, state.errors, base.pending]).toEqual([['after', 'every', 'every'], 1, 0]);
});

it('stops all timers with the plugin, and those set later when they are due', () => {
  const { base, state, clock } = make();
  let ran = 0;
  clock.after(10, () => void ran++);
  clock.every(10, () => void ran++);
  clock.dispose();
  expect(base.pending).toBe(0);
  state.active = false;
  clock.after(10, () => void ran++);
  clock.every(10, () => void ran++);
  base.advance(10);
  expect([ran, base.pending]).toEqual([0, 0]);
});
