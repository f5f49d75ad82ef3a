import { Buffer } from 'node:buffer';
import { createNalFrameBuilder, type NalBuilderOptions, type NalCodecRules } from '../src/index.js';

/** A codec of the test's own: the first byte is the role, the second the id, the third says whether an SPS can be read. */
const ROLES = { S: 'parameterSet', P: 'parameterSet', I: 'key', N: 'picture', X: 'other' } as const;
const rules: NalCodecRules<{ s: string[]; p: string[] }> = {
  codec: 'toy',
  setKinds: [
    { name: 's', required: true },
    { name: 'p', required: true },
  ],
  spsKind: 0,
  roleOf: (unit) => ROLES[unit.toString('latin1', 0, 1) as keyof typeof ROLES],
  kindOf: (unit) => (unit[0] === 0x53 ? 0 : 1),
  idOf: (_kind, unit) => {
    if (unit.length < 2) throw new Error('cut');
    return unit[1] ?? 0;
  },
  describe: (sps) => {
    if (sps[2] === 0x21) throw new Error('broken');
    return { profile: sps.toString('latin1') };
  },
  toParameters: ([s = [], p = []]) => ({ s: s.map(String), p: p.map(String) }),
  fromParameters: (value) => {
    const { s, p } = value as { s: string[]; p: string[] };
    return [s.map((text) => Buffer.from(text)), p.map((text) => Buffer.from(text))];
  },
};

const builderOf = (options: Partial<NalBuilderOptions> = {}) => createNalFrameBuilder(rules, { trackId: 0, clockRate: 90_000, ...options });
const units = (text: string): Buffer[] => text.split(' ').map((unit) => Buffer.from(unit));

describe('the track', () => {
  it('is unknown until each required kind was seen, and nothing comes out before', () => {
    const builder = builderOf();
    expect(builder.build(units('I'), 0, 0)).toBeUndefined();
    expect(builder.build(units('S1a'), 0, 0)).toBeUndefined();
    expect(builder.track).toBeUndefined();
    expect(builder.build(units('P1a'), 0, 0)).toBeUndefined();
    expect(builder.track).toMatchObject({ id: 0, kind: 'video', codec: 'toy', clockRate: 90_000, epoch: 0, parameters: { s: ['S1a'], p: ['P1a'] } });
    expect(builder.build(units('N'), 1, 2)).toMatchObject({ key: false, dts: 1, pts: 2, size: 1 });
  });

  it('stays the same object while sets repeat, also with zeros behind them', () => {
    const builder = builderOf();
    builder.build(units('S1a P1a I'), 0, 0);
    const first = builder.track;
    builder.build(units('S1a P1a I'), 1, 1);
    builder.build([Buffer.from('S1a\0\0'), Buffer.from('P1a\0'), Buffer.from('I')], 2, 2);
    expect(builder.track).toBe(first);
  });

  it('is a new object of a higher epoch when bytes differ, and older frames keep theirs', () => {
    const builder = builderOf();
    const before = builder.build(units('S1a P1a I'), 0, 0);
    const after = builder.build(units('S1b P1a I'), 1, 1);
    expect(before?.track).toMatchObject({ epoch: 0, parameters: { s: ['S1a'] } });
    expect(after?.track).toMatchObject({ epoch: 1, parameters: { s: ['S1b'], p: ['P1a'] }, info: { profile: 'S1b' } });
  });

  it('takes sets that come alone, and keeps those of other ids', () => {
    const builder = builderOf();
    for (const unit of ['S1a', 'P1a', 'P2a', 'S2a', 'I', 'P2b']) builder.build(units(unit), 0, 0);
    expect(builder.track?.parameters).toEqual({ s: ['S1a', 'S2a'], p: ['P1a', 'P2b'] });
  });

  it('forgets old sets when a key frame brings a new sequence of another id', () => {
    const builder = builderOf();
    builder.build(units('S1a P1a P2a I'), 0, 0);
    builder.build(units('S2a P3a I'), 1, 1);
    expect(builder.track).toMatchObject({ epoch: 1, parameters: { s: ['S2a'], p: ['P3a'] } });
  });

  it('counts three changes as three epochs, repeats as none', () => {
    const builder = builderOf();
    for (const letter of 'aaabbbaacc') builder.build(units(`S1${letter} P1a I`), 0, 0);
    expect(builder.track?.epoch).toBe(3);
  });

  it('keeps copies: the buffer the sets came in may be written again', () => {
    const builder = builderOf();
    const data = Buffer.from('S1a');
    builder.build([data, ...units('P1a I')], 0, 0);
    data.fill(0x58);
    expect(builder.track?.parameters).toEqual({ s: ['S1a'], p: ['P1a'] });
    builder.build(units('S1a P1a I'), 0, 0);
    expect(builder.track?.epoch).toBe(0);
  });
});

describe('broken parameter sets', () => {
  it('are better than none, without facts', () => {
    const builder = builderOf();
    expect(builder.build(units('S1! P1a I'), 0, 0)).toMatchObject({ key: true, track: { info: {} } });
  });

  it('never push out good ones', () => {
    const builder = builderOf();
    builder.build(units('S1a P1a I'), 0, 0);
    expect(builder.build(units('S1! P1a I'), 1, 1)?.track).toMatchObject({ epoch: 0, parameters: { s: ['S1a'] } });
    expect(builder.build(units('S P I'), 2, 2)?.track.epoch).toBe(0);
    expect(builder.ignoredParameterSets).toBe(3);
  });

  it('give way to a good one', () => {
    const builder = builderOf();
    builder.build(units('S1! P1a I'), 0, 0);
    builder.build(units('S1a P1a I'), 1, 1);
    expect(builder.track).toMatchObject({ epoch: 1, parameters: { s: ['S1a'] }, info: { profile: 'S1a' } });
  });

  it('are not kept beyond the limits', () => {
    const builder = builderOf({ maxSetsPerKind: 2, maxSetBytes: 8 });
    for (const unit of ['S1a', 'P1a', 'P2a', 'P3a', 'P1abcdefgh']) builder.build(units(unit), 0, 0);
    expect(builder.track?.parameters).toEqual({ s: ['S1a'], p: ['P1a', 'P2a'] });
    expect(builder.ignoredParameterSets).toBe(2);
  });
});

describe('out-of-band parameters', () => {
  it('make the track known at once', () => {
    expect(builderOf({ parameters: { s: ['S1a'], p: ['P1a'] } }).track).toMatchObject({ epoch: 0, parameters: { s: ['S1a'], p: ['P1a'] } });
  });

  it('raise the epoch only when they really change', () => {
    const builder = builderOf({ parameters: { s: ['S1a'], p: ['P1a'] } });
    builder.setParameters({ s: ['S1a'], p: ['P1a'] });
    expect(builder.track?.epoch).toBe(0);
    builder.setParameters({ s: ['S1b'], p: ['P1a'] });
    expect(builder.track).toMatchObject({ epoch: 1, parameters: { s: ['S1b'], p: ['P1a'] } });
  });

  it('that are repeated do not fight with what the stream shows', () => {
    const builder = builderOf({ parameters: { s: ['S1a'], p: ['P1a'] } });
    for (let i = 0; i < 3; i++) {
      builder.setParameters({ s: ['S1a'], p: ['P1a'] });
      builder.build(units('S1b P1b I'), i, i);
    }
    expect(builder.track).toMatchObject({ epoch: 1, parameters: { s: ['S1b'], p: ['P1b'] } });
  });

  it('that are empty change nothing', () => {
    const builder = builderOf({ parameters: { s: [], p: [] } });
    expect(builder.track).toBeUndefined();
    expect(builder.build(units('S1a P1a I'), 0, 0)?.track.epoch).toBe(0);
  });

  it('that cannot be read throw and change nothing', () => {
    const builder = builderOf({ parameters: { s: ['S1a'], p: ['P1a'] } });
    expect(() => builder.setParameters({ s: ['S1!'], p: ['P1a'] })).toThrow('broken');
    expect(builder.track).toMatchObject({ epoch: 0, parameters: { s: ['S1a'] } });
  });
});

describe('frames', () => {
  it('carry the very units that came, in order', () => {
    const builder = builderOf();
    const given = units('X S1a P1a X I I');
    const frame = builder.build(given, 5, 6, 1_700_000_000_000);
    expect(frame?.units).toBe(given);
    expect(frame).toMatchObject({ dts: 5, pts: 6, key: true, size: 10, wallClockMs: 1_700_000_000_000 });
  });

  it('lose empty units', () => {
    const builder = builderOf();
    const frame = builder.build([Buffer.alloc(0), ...units('S1a P1a I')], 0, 0);
    expect(frame?.units).toHaveLength(3);
  });

  it.each(['X', 'S1a', 'S1a P1a X'])('are none for %s', (text) => {
    const builder = builderOf({ parameters: { s: ['S1a'], p: ['P1a'] } });
    expect(builder.build(units(text), 0, 0)).toBeUndefined();
    expect(builder.build([], 0, 0)).toBeUndefined();
  });

  it('end the session beyond the limits', () => {
    const builder = builderOf({ maxAccessUnitBytes: 4, maxUnits: 2 });
    expect(() => builder.build(units('I I I'), 0, 0)).toThrow(expect.objectContaining({ code: 'ERR_TOY_TOO_MANY_UNITS', fatal: true }));
    expect(() => builder.build(units('Iaaaa'), 0, 0)).toThrow(expect.objectContaining({ code: 'ERR_TOY_TOO_MANY_BYTES', fatal: true }));
  });

  it('may have hundreds of slices, as of encoders that cut slices to packet size', () => {
    const builder = builderOf({ parameters: { s: ['S1a'], p: ['P1a'] } });
    expect(
      builder.build(
        Array.from({ length: 300 }, () => Buffer.from('I')),
        0,
        0,
      )?.units,
    ).toHaveLength(300);
  });
});
