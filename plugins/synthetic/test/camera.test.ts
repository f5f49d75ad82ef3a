import type { Clock, Frame, Publisher } from '@sluice/core';
import { config } from '../src/config.js';
import { Camera } from '../src/net/camera.js';
import { BEEP_BASE64, SILENCE_BASE64 } from '../src/proto/beep-data.js';

/** A clock turned by hand. */
function handClock(wallMs: number) {
  let now = 5000.25;
  let pending: { at: number; run: () => void } | undefined;
  const clock: Clock = {
    now: () => now,
    wallMs: () => Math.floor(wallMs + now - 5000.25),
    after(ms, run) {
      const timer = { at: now + ms, run };
      pending = timer;
      return () => {
        if (pending === timer) pending = undefined;
      };
    },
    every: () => () => undefined,
  };
  const turn = (ms: number): void => {
    const end = now + ms;
    while (pending !== undefined && pending.at <= end) {
      const { at, run } = pending;
      pending = undefined;
      now = Math.max(now, at);
      run();
    }
    now = end;
  };
  /** Time goes by, but no timer runs. */
  const freeze = (ms: number): void => {
    now += ms;
  };
  return { clock, turn, freeze, idle: () => pending === undefined };
}

function shoot(wallMs: number) {
  const hand = handClock(wallMs);
  const [settings] = config.parse({ streams: [{ path: 'live/demo', width: 320, height: 180 }] }).streams;
  if (settings === undefined) throw new Error('no settings');
  const camera = new Camera(settings, hand.clock);
  const frames: Frame[] = [];
  const state = { closed: false };
  const publisher: Pick<Publisher, 'write' | 'received' | 'closed'> = {
    get closed() {
      return state.closed;
    },
    received: () => undefined,
    write: (frame) => void frames.push(frame),
  };
  camera.start(publisher as Publisher);
  const video = () => frames.filter(({ track }) => track.kind === 'video');
  const audio = () => frames.filter(({ track }) => track.kind === 'audio');
  return { ...hand, camera, video, audio, state };
}

describe('synthetic camera', () => {
  const wall = Date.UTC(2026, 0, 1, 12, 0, 0) + 17;

  it('keeps its pace without drift', () => {
    const { turn, video, audio } = shoot(wall);
    turn(60_040);
    expect(video().length).toBeGreaterThanOrEqual(1500);
    expect(video().length).toBeLessThanOrEqual(1502);
    expect(video().map(({ dts }) => dts)).toEqual(video().map((_, index) => index * 3600));
    expect(audio().map(({ dts }) => dts)).toEqual(audio().map((_, index) => index * 1024));
    const ends = (audio().length * 1024) / 48_000 - (video().length * 3600) / 90_000;
    expect(Math.abs(ends)).toBeLessThan(0.07);
  });

  it('shows whole pictures of the wall clock and says when they were taken', () => {
    const { turn, video } = shoot(wall);
    turn(3000);
    expect(new Set(video().map(({ wallClockMs = 1 }) => wallClockMs % 40))).toEqual(new Set([0]));
  });

  it('sends a key frame every two seconds and when asked', () => {
    const { turn, video, camera } = shoot(wall);
    turn(4400);
    camera.keyFrame();
    turn(2200);
    expect(video().flatMap(({ key }, index) => (key ? [index] : []))).toEqual([0, 50, 100, 110, 160]);
  });

  it('makes up for a short stop and leaves a gap for a long one', () => {
    const { turn, freeze, video } = shoot(wall);
    turn(200);
    const before = video().length;
    freeze(400);
    turn(1);
    expect(video().length).toBe(before + 10);
    freeze(3_600_000);
    turn(1);
    const [last, next] = video().slice(-2);
    expect(video().length).toBe(before + 11);
    expect((next?.dts ?? 0) - (last?.dts ?? 0)).toBeGreaterThan(3599 * 90_000);
    expect(next?.key).toBe(true);
  });

  it('beeps at every second', () => {
    const { turn, audio } = shoot(wall);
    turn(10_500);
    const onsets = audio().filter(({ units }) => units[0]?.toString('base64') === BEEP_BASE64[2]);
    expect(onsets.length).toBeGreaterThanOrEqual(9);
    for (const { wallClockMs = 500 } of onsets) expect(Math.abs(((wallClockMs + 500) % 1000) - 500)).toBeLessThanOrEqual(12);
    expect(audio().some(({ units }) => units[0]?.toString('base64') === SILENCE_BASE64)).toBe(true);
  });

  it('ends with its publisher', () => {
    const { turn, video, state, idle } = shoot(wall);
    turn(200);
    const before = video().length;
    state.closed = true;
    turn(1000);
    expect(video().length).toBe(before);
    expect(idle()).toBe(true);
  });

  it.each([
    [{ path: 'no slash/../x' }],
    [{ path: 'live/a', width: 321 }],
    [{ path: 'live/a', fps: 0 }],
    [{ path: 'live/a', height: 4000 }],
    [{ path: 'live/a', color: 'red' }],
  ])('refuses %j', (stream) => {
    expect(config.safeParse({ streams: [stream] }).success).toBe(false);
  });
});
