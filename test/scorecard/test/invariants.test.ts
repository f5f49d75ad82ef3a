import { figures, isSettled, mayBeTheMachine, type Observation, type State, violations } from '../invariants.js';
import type { Seen } from '../types.js';

const state: State = { pid: 1, rssBytes: 100e6, cpuSeconds: 1, waitedSeconds: 0, fds: 40, udpSockets: 4, timers: 12 };
const seen: Seen = { pictures: 100, longestGapMs: 80, cuts: 0, healthP99Ms: 5, unhealthy: 0, probes: 200 };
const good: Observation = { before: state, after: state, during: seen, waited: 0, afterwards: seen, isPublishing: true, log: '{"level":30,"msg":"fine"}' };

it('has nothing against a server that is as it was', () => {
  expect(violations(good)).toEqual([]);
  expect(violations({ ...good, after: { ...state, rssBytes: 119e6, fds: 42, timers: 10, udpSockets: 5 } })).toEqual([]);
});

it.each<[string, Partial<Observation>, RegExp]>([
  ['a death', { after: undefined }, /^I1/],
  ['another process', { after: { ...state, pid: 2 } }, /^I1/],
  ['a gap', { during: { ...seen, longestGapMs: 2001 } }, /^I2 gap of 2001 ms/],
  ['a gap afterwards', { afterwards: { ...seen, longestGapMs: 3000 } }, /^I2 gap of 3000 ms/],
  ['a viewer that was cut', { during: { ...seen, cuts: 1 } }, /^I2 the viewer/],
  ['a publisher that was cut', { isPublishing: false }, /^I2 the publisher/],
  ['memory', { after: { ...state, rssBytes: 121e6 } }, /^I3 RSS \+21 MB/],
  ['file descriptors', { after: { ...state, fds: 43 } }, /^I4 \+3 fds/],
  ['timers', { after: { ...state, timers: 9 } }, /^I4 -3 timers/],
  ['UDP sockets', { after: { ...state, udpSockets: 7 } }, /^I4 \+3 UDP/],
  ['a slow /healthz', { during: { ...seen, healthP99Ms: 101 } }, /^I5 .*p99 101 ms/],
  ['a /healthz that says no', { during: { ...seen, unhealthy: 1 } }, /^I5 .*not 200/],
  ['a /healthz that nobody asked', { during: { ...seen, probes: 0 } }, /^I5/],
  ['an error nobody caught', { log: 'Uncaught Error: x' }, /^I6/],
])('sees %s', (_what, change, expected) => {
  const broken = violations({ ...good, ...change });
  expect(broken).toHaveLength(1);
  expect(broken[0]).toMatch(expected);
});

it('waits for memory and handles only', () => {
  expect(isSettled(state, { ...state, cpuSeconds: 100 })).toBe(true);
  expect(isSettled(state, { ...state, rssBytes: 130e6 })).toBe(false);
  expect(isSettled(state, { ...state, timers: 20 })).toBe(false);
});

it('says where the machine was full', () => {
  expect(figures(good)).not.toContain('without a core');
  expect(figures({ ...good, waited: 0.25 })).toContain('healthz p99 5 ms (25 % of the time without a core)');
});

it('gives the machine the blame for a late answer only, and only where it was full', () => {
  expect(mayBeTheMachine(['I5 /healthz p99 150 ms'], 0.2)).toBe(true);
  expect(mayBeTheMachine(['I5 /healthz p99 150 ms'], 0.01)).toBe(false);
  expect(mayBeTheMachine(['I5 /healthz p99 150 ms', 'I3 RSS +40 MB'], 0.2)).toBe(false);
  expect(mayBeTheMachine([], 0.2)).toBe(false);
});
