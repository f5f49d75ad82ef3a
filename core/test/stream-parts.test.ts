import { createFrame, type Frame } from '@sluice/core';
import { FakeClock, testAudioTrack, testFrame, testVideoTrack } from '@sluice/core/testing';
import { FrameRing } from '../src/stream/frame-ring.js';
import { Pump } from '../src/stream/pump.js';
import { Timeline } from '../src/stream/timeline.js';
import { WireLog } from '../src/stream/wire-log.js';

const video = testVideoTrack();
const audio = testAudioTrack();
const immediates = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

describe('WireLog', () => {
  const bytes = Buffer.alloc(100);

  it('joins without a copy where it is one entry, and numbers go on after trimming', () => {
    const log = new WireLog();
    log.append(true, 0, Buffer.from('a'), undefined);
    log.append(false, 40, Buffer.from('bc'), [1, 2]);
    expect(log.join(0, 2).toString()).toBe('abc');
    expect(log.join(1, 2)).toBe(log.at(1)?.bytes);
    log.append(true, 10_000, Buffer.from('d'), undefined);
    log.trim(100, 1000);
    expect([log.start, log.end, log.keySeq, log.bytes, log.position]).toEqual([2, 3, 2, 1, 4]);
    expect(log.join(2, 3).toString()).toBe('d');
  });

  it('stays bounded in bytes without any key entry, and in time', () => {
    const log = new WireLog();
    for (let i = 0; i < 10_000; i++) {
      log.append(false, i * 40, bytes, undefined);
      log.trim(2000, 5000);
      expect(log.bytes).toBeLessThanOrEqual(5100);
    }
    const timed = new WireLog();
    for (let i = 0; i < 1000; i++) {
      timed.append(true, i * 40, bytes, undefined);
      timed.trim(2000, 1e9);
    }
    expect(timed.end - timed.start).toBeLessThan(50 + 40);
  });

  it('keeps the newest group whole as long as its bytes allow', () => {
    const log = new WireLog();
    for (let i = 0; i < 100; i++) {
      log.append(i === 0, i * 1000, bytes, undefined);
      log.trim(2000, 1e6);
    }
    expect([log.start, log.keySeq]).toEqual([0, 0]);
    log.trim(2000, 200);
    expect(log.keySeq).toBe(-1);
    expect(log.bytes).toBeLessThanOrEqual(200);
  });
});

describe('FrameRing', () => {
  it('keeps the newest group, measures the last one, and gives none rather than too much', () => {
    const ring = new FrameRing(10_000, 10);
    ring.push(testFrame(video, 3));
    expect(ring.frames).toEqual([]);
    for (let i = 25; i < 55; i++) ring.push(testFrame(video, i));
    expect(ring.frames.map((frame) => frame.dts / 3600)).toEqual([50, 51, 52, 53, 54]);
    expect(ring.gopMs).toBe(1000);
    for (let i = 55; i < 75; i++) ring.push(testFrame(video, i, { gop: 1000, size: 1000 }));
    expect(ring.frames).toEqual([]);
    ring.push(testFrame(video, 75));
    expect(ring.frames).toHaveLength(1);
    ring.push(testFrame(video, 75 + 251, { gop: 1000 }));
    expect(ring.frames).toEqual([]);
  });
});

describe('Timeline', () => {
  const at = (seconds: number, track = video): Frame => createFrame(track, seconds * track.clockRate, seconds * track.clockRate, true, []);
  const place = (timeline: Timeline, frame: Frame, nowMs: number): number | undefined => {
    const placed = timeline.place(frame, nowMs);
    return placed === undefined ? undefined : placed.dts / placed.track.clockRate;
  };

  it('leaves the first publisher alone, leaps and all', () => {
    const timeline = new Timeline();
    timeline.restart();
    const frame = at(100);
    expect(timeline.place(frame, 0)).toBe(frame);
    expect(place(timeline, at(3), 40)).toBe(3);
  });

  it('goes on where the last one stopped, plus the time that passed, in every clock', () => {
    const timeline = new Timeline();
    timeline.place(at(10), 1000);
    timeline.restart();
    expect(place(timeline, at(500), 3000)).toBe(12);
    expect(place(timeline, at(501, audio), 3500)).toBe(13);
  });

  it('drops what goes back behind the last publisher, and nothing else', () => {
    const timeline = new Timeline();
    timeline.place(at(10), 0);
    timeline.place(at(12, audio), 0);
    timeline.restart();
    expect(place(timeline, at(0), 1000)).toBe(13);
    expect(place(timeline, at(-2, audio), 1000)).toBeUndefined();
    expect(place(timeline, at(0.5, audio), 1000)).toBe(13.5);
    // Once past, the publisher's own times are its own: equal ones pass, and a leap back is not held against it for ever.
    expect(place(timeline, at(0.5, audio), 1000)).toBe(13.5);
    expect(place(timeline, at(-5), 9000)).toBe(8);
  });

  it('does not drop a track whose clock has another origin for longer than the guard', () => {
    const timeline = new Timeline();
    timeline.place(at(10), 0);
    timeline.place(at(10, audio), 0);
    timeline.restart();
    place(timeline, at(1000), 1000);
    expect(place(timeline, at(0, audio), 1000)).toBeUndefined();
    expect(place(timeline, at(6, audio), 7000)).toBeDefined();
  });
});

describe('Pump', () => {
  const make = (delivery: { minMergeMs?: number; maxMergeMs?: number } = {}) => {
    const clock = new FakeClock();
    const pump = new Pump(clock, { minMergeMs: 0, maxMergeMs: 50, maxLagMs: 2000, maxLagBytes: 1e6, slowSeconds: 10, ...delivery });
    const flushed: string[] = [];
    const stream = (name: string) => {
      const made = { soundUntilMs: Number.POSITIVE_INFINITY, flush };
      function flush(): void {
        made.soundUntilMs = Number.POSITIVE_INFINITY;
        flushed.push(`${name}@${clock.now()}`);
      }
      return made;
    };
    return { clock, pump, flushed, stream };
  };

  it('hands pictures out at once, joined per turn of the loop', async () => {
    const { pump, flushed, stream } = make();
    pump.due(stream('a'));
    pump.due(stream('b'));
    expect(flushed).toEqual([]);
    await immediates();
    expect(flushed).toEqual(['a@0', 'b@0']);
  });

  it('lets sound wait 40 ms, and a picture of another stream takes it not along', async () => {
    const { clock, pump, flushed, stream } = make();
    pump.wait(stream('a'), false);
    clock.advance(20);
    pump.wait(stream('b'), false);
    pump.due(stream('c'));
    await immediates();
    expect(flushed).toEqual(['c@20']);
    clock.advance(19);
    expect(flushed).toHaveLength(1);
    clock.advance(1);
    expect(flushed).toEqual(['c@20', 'a@40']);
    clock.advance(20);
    expect(flushed).toEqual(['c@20', 'a@40', 'b@60']);
    expect(clock.pending).toBe(0);
  });

  it('lets sound ride with the pictures where they flow, and waits for a late one 100 ms at most', async () => {
    const { clock, pump, flushed, stream } = make();
    const both = stream('a');
    for (let i = 0; i < 4; i++) {
      pump.wait(both, true);
      clock.advance(40);
      pump.due(both);
      await immediates();
    }
    expect(flushed).toEqual(['a@40', 'a@80', 'a@120', 'a@160']);
    pump.wait(both, true);
    clock.advance(99);
    expect(flushed).toHaveLength(4);
    clock.advance(1);
    expect(flushed.at(-1)).toBe('a@260');
  });

  it('collects pictures for the window, which ends with the first picture behind it', async () => {
    const { clock, pump, flushed, stream } = make({ minMergeMs: 30 });
    clock.advance(1000);
    pump.due(stream('a'));
    await immediates();
    expect(flushed).toEqual(['a@1000']);
    clock.advance(10);
    pump.due(stream('a'));
    clock.advance(10);
    pump.due(stream('b'));
    pump.more();
    await immediates();
    expect(flushed).toHaveLength(1);
    clock.advance(15);
    pump.more();
    await immediates();
    expect(flushed.slice(1)).toEqual(['a@1035', 'b@1035']);
    clock.advance(29);
    pump.due(stream('a'));
    clock.advance(5);
    pump.due(stream('b'));
    await immediates();
    expect(flushed.slice(3)).toEqual(['a@1069', 'b@1069']);
  });

  it('lets a picture wait for no more than a second window, whatever sound does meanwhile', async () => {
    const { clock, pump, flushed, stream } = make({ minMergeMs: 30 });
    clock.advance(1000);
    pump.due(stream('a'));
    await immediates();
    clock.advance(10);
    pump.wait(stream('b'), false);
    pump.due(stream('a'));
    clock.advance(39);
    expect(flushed).toEqual(['a@1000']);
    clock.advance(1);
    expect(flushed.sort()).toEqual(['a@1000', 'a@1050', 'b@1050']);
    pump.due(stream('a'));
    clock.advance(59);
    expect(flushed).toHaveLength(3);
    clock.advance(1);
    expect(flushed.at(-1)).toBe('a@1110');
    expect(clock.pending).toBe(0);
  });

  it('widens the window under load, up to its limit, and narrows it again', async () => {
    const { clock, pump } = make();
    for (let i = 0; i < 20; i++) {
      pump.due({ soundUntilMs: 0, flush: () => clock.advance(30) });
      await immediates();
      clock.advance(100);
    }
    expect(pump.windowMs).toBe(50);
    for (let i = 0; i < 50; i++) {
      pump.due({ soundUntilMs: 0, flush: () => {} });
      await immediates();
      clock.advance(100);
    }
    expect(pump.windowMs).toBe(0);
  });

  it('hands out nothing once closed', async () => {
    const { clock, pump, flushed, stream } = make();
    pump.due(stream('a'));
    pump.wait(stream('b'), false);
    pump.close();
    await immediates();
    clock.advance(1000);
    expect(flushed).toEqual([]);
  });
});
