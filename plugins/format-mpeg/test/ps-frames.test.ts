import type { Frame } from '@sluice/core';
import { PsFrames, type PsFramesOptions, serializeProgramStreamMap } from '../src/index.js';
import { annexB, audio, fixture, hex, inSteps, pack, truth, video } from './support.js';

function collect(options: PsFramesOptions = {}) {
  const frames: Frame[] = [];
  const unsupported: string[] = [];
  return { frames, unsupported, ps: new PsFrames({ frame: (frame) => frames.push(frame), unsupported: (codec) => unsupported.push(codec) }, options) };
}

describe('PsFrames', () => {
  it('gives frames of described tracks in 90 kHz, sound too', () => {
    const { frames, ps } = collect();
    for (const chunk of inSteps(fixture('avatar-head.av.gst'), 1400)) ps.push(chunk);
    ps.finish();
    const [picture] = frames.filter(({ track }) => track.kind === 'video');
    const [sound] = frames.filter(({ track }) => track.kind === 'audio');
    expect(picture).toMatchObject({ key: true, track: { id: 0, codec: 'h264', clockRate: 90_000, epoch: 0 } });
    expect(picture?.track.info.width).toBeGreaterThan(0);
    expect(sound).toMatchObject({ key: true, track: { id: 1, codec: 'aac', clockRate: 90_000 } });
    expect(sound?.units[0]?.readUInt16BE(0)).not.toBe(0xfff1);
  });

  it('H.265, byte for byte', () => {
    const { frames, ps } = collect();
    ps.push(fixture('avatar-head.h265.vob'));
    ps.finish();
    expect(frames.map(({ units }) => hex(units).join())).toEqual(truth('h265').map((units) => hex(units).join()));
    expect(frames[0]?.track.codec).toBe('h265');
  });

  it('starts again at a key frame after a loss', () => {
    const { frames, ps } = collect();
    const packs = truth('h264').map((units, i) => Buffer.concat([pack(), video(i * 3600, annexB(...units))]));
    packs.forEach((bytes, i) => {
      if (i === 10) ps.lost();
      else ps.push(bytes);
    });
    ps.finish();
    const times = frames.map(({ dts }) => dts / 3600);
    const key = truth('h264').findIndex((units, i) => i > 10 && units.some((unit) => ((unit[0] ?? 0) & 0x1f) === 5));
    expect(times.slice(0, 9)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(times[9]).toBe(key);
    expect(frames[9]?.key).toBe(true);
    expect(ps.counts.skipped).toBe(key - 11);
  });

  it('tells of a codec it does not know, once', () => {
    const { frames, unsupported, ps } = collect();
    ps.push(Buffer.concat([pack(), serializeProgramStreamMap({ version: 0, streams: [{ streamType: 0x99, streamId: 0xc0 }] })]));
    for (let i = 0; i < 3; i++) ps.push(audio(i, Buffer.alloc(10, 1)));
    expect(unsupported).toEqual(['g729']);
    expect(frames).toEqual([]);
  });
});
