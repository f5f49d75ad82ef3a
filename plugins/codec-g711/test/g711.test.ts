import { g711a, g711u } from '../src/index.js';

const unit = Buffer.alloc(160, 0xd5);

describe.each([
  ['g711a', g711a],
  ['g711u', g711u],
])('%s', (name, codec) => {
  it('has a track at once', () => {
    expect(codec).toMatchObject({ name, kind: 'audio' });
    expect(codec.createBuilder({ trackId: 1, clockRate: 8000 }).track).toEqual({
      id: 1,
      kind: 'audio',
      codec: name,
      clockRate: 8000,
      epoch: 0,
      parameters: undefined,
      info: { sampleRate: 8000, channels: 1 },
    });
  });

  it('takes sample rate and channels from the hints', () => {
    expect(codec.createBuilder({ trackId: 1, clockRate: 90_000, hints: { sampleRate: 16_000, channels: 2 } }).track?.info).toEqual({
      sampleRate: 16_000,
      channels: 2,
    });
  });

  it('passes units on as key frames of the same track', () => {
    const builder = codec.createBuilder({ trackId: 1, clockRate: 8000 });
    const units = [unit];
    const frame = builder.build(units, 160, 160, 5);
    expect(frame).toMatchObject({ dts: 160, pts: 160, key: true, size: 160, wallClockMs: 5 });
    expect(frame?.units).toBe(units);
    expect(frame?.track).toBe(builder.track);
  });

  it('needs no parameters', () => {
    const builder = codec.createBuilder({ trackId: 1, clockRate: 8000 });
    const before = builder.track;
    builder.setParameters({ anything: true });
    expect(builder.track).toBe(before);
  });

  it('makes nothing of nothing', () => {
    const builder = codec.createBuilder({ trackId: 1, clockRate: 8000 });
    expect(builder.build([], 0, 0)).toBeUndefined();
    expect(builder.build([Buffer.alloc(0)], 0, 0)).toBeUndefined();
  });

  it('ends the session on several units, or one too large', () => {
    const builder = codec.createBuilder({ trackId: 1, clockRate: 8000 });
    expect(() => builder.build([unit, unit], 0, 0)).toThrow(expect.objectContaining({ code: 'ERR_G711_UNITS', fatal: true }));
    expect(() => builder.build([Buffer.alloc(96_001)], 0, 0)).toThrow(expect.objectContaining({ code: 'ERR_G711_TOO_LARGE', fatal: true }));
  });
});
