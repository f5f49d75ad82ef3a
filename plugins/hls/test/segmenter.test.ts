import type { Frame } from '@sluice/core';
import fc from 'fast-check';
import type { SegmentFrames } from '../src/map/segmenter.js';
import { audio, cut, merge, otherVideo, picture, pictures, sounds, video } from './support.js';

const spans = (segments: readonly SegmentFrames[]) => segments.map(({ startMs, endMs }) => [startMs, endMs]);
const restarts = (segments: readonly SegmentFrames[]) => segments.map(({ restart }) => restart);
const kinds = (segments: readonly SegmentFrames[]) => segments.map(({ tracks }) => tracks.map(({ kind }) => kind).join('+'));

describe('a segmenter', () => {
  it('cuts at the first key frame after the shortest time; the first segment comes sooner', () => {
    const { segments } = cut(pictures(0, 7000));
    expect(spans(segments)).toEqual([
      [0, 1000],
      [1000, 3000],
      [3000, 5000],
      [5000, 7000],
    ]);
    expect(segments.every(({ frames }) => frames[0]?.key === true)).toBe(true);
    expect(segments.flatMap(({ frames }) => frames).length).toBe(175);
    expect(restarts(segments)).toEqual([true, false, false, false]);
  });

  it('takes key frames that come a little early, and waits for late ones', () => {
    const early = [...pictures(0, 1960, { gopMs: 1960 }), ...pictures(1960, 3920, { gopMs: 1960 }), ...pictures(3920, 10_920, { gopMs: 7000 })];
    expect(spans(cut([...early, picture(video(), 10_920, true)]).segments)).toEqual([
      [0, 1960],
      [1960, 3920],
      [3920, 10_920],
      [10_920, 10_960],
    ]);
  });

  it('begins with a key picture, whatever comes before', () => {
    const { segments, segmenter } = cut([]);
    segmenter.announce(video());
    for (const frame of merge(sounds(0, 4000), pictures(0, 4000).slice(5))) segmenter.push(frame);
    expect(spans(segments)).toEqual([[1000, 2000]]);
    expect(kinds(segments)).toEqual(['video+audio']);
  });

  it('is not held up by sound that was announced and never comes, nor by pictures', () => {
    const announced = cut([]);
    announced.segmenter.announce(audio);
    announced.segmenter.announce(video());
    // Sound may be a little late, and is waited for so long.
    for (const frame of pictures(0, 2040)) announced.segmenter.push(frame);
    expect(kinds(announced.segments)).toEqual(['video']);
    const silent = cut([]);
    silent.segmenter.announce(video());
    for (const frame of sounds(0, 9000)) silent.segmenter.push(frame);
    // Pictures are waited for, for five seconds.
    expect(silent.segments[0]?.startMs).toBeGreaterThan(4900);
    expect(kinds(silent.segments)).toEqual(['audio', 'audio']);
  });

  it('takes sound along that begins in the first segment, and begins anew for sound that comes later', () => {
    expect(restarts(cut(merge(pictures(0, 6000), sounds(600, 6000))).segments)).toEqual([true, false, false, false]);
    const late = cut(merge(pictures(0, 9000), sounds(4500, 9000))).segments;
    expect(restarts(late)).toEqual([true, false, true, false, false]);
    expect(kinds(late)).toEqual(['video', 'video', 'video+audio', 'video+audio', 'video+audio']);
  });

  it('gives late sound to the segment of its pictures', () => {
    const LATE_MS = 400;
    const arrival = (frame: Frame) => (frame.dts * 1000) / frame.track.clockRate + (frame.track.kind === 'audio' ? LATE_MS : 0);
    const { segments, segmenter } = cut([]);
    for (const track of [video(), audio]) segmenter.announce(track);
    for (const frame of [...pictures(0, 7000), ...sounds(0, 7000)].toSorted((a, b) => arrival(a) - arrival(b))) segmenter.push(frame);
    expect(restarts(segments)).toEqual([true, false, false]);
    for (const { frames, startMs, endMs } of segments) {
      const heard = frames.filter(({ track }) => track.kind === 'audio').map(({ dts, track }) => (dts * 1000) / track.clockRate);
      expect(heard[0]).toBeGreaterThanOrEqual(startMs);
      expect(heard[0]).toBeLessThan(startMs + 93);
      expect(heard.at(-1)).toBeLessThan(endMs);
      expect(heard.at(-1)).toBeGreaterThan(endMs - 94);
    }
  });

  it('keeps a track that pauses', () => {
    const { segments } = cut(merge(pictures(0, 10_000), sounds(0, 2500), sounds(8000, 10_000)));
    expect(new Set(kinds(segments))).toEqual(new Set(['video+audio']));
    expect(restarts(segments).filter(Boolean).length).toBe(1);
  });

  it('begins anew at once with other parameter sets, and not with the same in another object', () => {
    const same = cut([...pictures(0, 3000), ...pictures(3000, 6000, { track: video({ epoch: 1 }) })]).segments;
    expect(restarts(same).filter(Boolean).length).toBe(1);
    const { segments } = cut(merge([...pictures(0, 3480), ...pictures(3480, 6480, { track: otherVideo() })], sounds(0, 6500)));
    expect(spans(segments)).toEqual([
      [0, 1000],
      [1000, 3000],
      [3000, 3480],
      [3480, 5480],
      [5480, 6480],
    ]);
    expect(restarts(segments)).toEqual([true, false, false, true, false]);
    for (const { frames, tracks } of segments) {
      expect(frames.filter(({ track }) => track.kind === 'video').every(({ track }) => track.parameters === tracks[0]?.parameters)).toBe(true);
    }
  });

  it('leaves out sound of another rate until it can begin anew', () => {
    const faster = { ...audio, info: { sampleRate: 22_050, channels: 1 } };
    const { segments } = cut(merge(pictures(0, 6000), sounds(0, 1500), sounds(1500, 6000, faster)));
    expect(restarts(segments)).toEqual([true, false, true, false]);
    for (const { frames } of segments)
      expect(new Set(frames.filter(({ track }) => track.kind === 'audio').map(({ track }) => track.info.sampleRate)).size).toBe(1);
  });

  it.each([
    ['forward', 100_000],
    ['backward', -100_000],
    ['over a hole', 1500],
  ])('begins anew where the times leap %s: what was lasts as long as its pictures', (_, leapMs) => {
    const second = 200_000 + 3000 + leapMs;
    const { segments } = cut([
      ...merge(pictures(200_000, 203_000), sounds(200_000, 203_000)),
      // Pictures in the middle of a group are of no use.
      ...merge(pictures(second - 1000, second + 3000).slice(13), sounds(second - 480, second + 3000)),
    ]);
    expect(spans(segments).at(1)).toEqual([201_000, 203_000]);
    expect(restarts(segments)).toEqual([true, false, true, false]);
    expect(segments[2]?.startMs).toBe(second);
  });

  it('takes the pace of a slow camera for no holes', () => {
    const { segments } = cut(pictures(0, 60_000, { stepMs: 2000, gopMs: 4000 }));
    expect(restarts(segments).filter(Boolean).length).toBe(1);
    expect(spans(segments).at(-1)).toEqual([56_000, 60_000]);
  });

  it('throws away a segment that grows too large, and begins anew', () => {
    const frames = [picture(video(), 0, true, 600), picture(video(), 40, false, 600), ...pictures(80, 2080)];
    const { segments, thrownAway } = cut(frames, { maxBytes: 5000 });
    expect(thrownAway()).toBe(0);
    expect(segments.length).toBeGreaterThan(0);
    const small = cut(frames, { maxBytes: 1000 });
    expect(small.thrownAway()).toBeGreaterThan(0);
    expect(small.segments.every(({ frames: list }) => list[0]?.key === true)).toBe(true);
  });

  it('whatever comes: each segment begins where a decoder can, lasts, and holds frames of one set of parameters per track', () => {
    const frame = fc.record({ ms: fc.integer({ min: 0, max: 60_000 }), kind: fc.constantFrom('picture', 'key', 'other', 'sound') });
    const make = ({ ms, kind }: { ms: number; kind: string }): Frame =>
      kind === 'sound' ? (sounds(ms, ms + 1)[0] as Frame) : picture(kind === 'other' ? otherVideo() : video(), ms, kind !== 'picture');
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 200 }), fc.boolean(), (list, sorted) => {
        const frames = (sorted ? list.toSorted((a, b) => a.ms - b.ms) : list).map(make);
        for (const { frames: held, tracks, startMs, endMs } of cut(frames).segments) {
          const [first] = held;
          const pictured = held.some(({ track }) => track.kind === 'video');
          expect(first?.key === true && (!pictured || first.track.kind === 'video')).toBe(true);
          expect(endMs).toBeGreaterThan(startMs);
          for (const { track } of held) expect(tracks.find(({ id }) => id === track.id)?.parameters).toEqual(track.parameters);
        }
      }),
      { seed: 8216, numRuns: 300 },
    );
  });
});
