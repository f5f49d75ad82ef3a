import { BitReader } from '@sluice/core';
import { unescapeRbsp } from '@sluice/plugin-codec-nal';
import fc from 'fast-check';
import { BitWriter } from '../src/proto/bit-writer.js';

describe('BitWriter', () => {
  it('writes what a reader reads', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom('bits', 'ue', 'se'), fc.integer({ min: -30_000, max: 30_000 })), { maxLength: 50 }), (items) => {
        const writer = new BitWriter(1024);
        for (const [kind, value] of items) {
          if (kind === 'bits') writer.bits(Math.abs(value), 32);
          else if (kind === 'ue') writer.ue(Math.abs(value));
          else writer.se(value);
        }
        const reader = new BitReader(unescapeRbsp(writer.nalUnit(0x65)).subarray(1));
        for (const [kind, value] of items) {
          if (kind === 'bits') expect(reader.bits(32)).toBe(Math.abs(value));
          else if (kind === 'ue') expect(reader.ue()).toBe(Math.abs(value));
          else expect(reader.se() + 0).toBe(value + 0);
        }
      }),
      { seed: 7 },
    );
  });

  it('leaves no start code in a NAL unit (H.264 7.4.1)', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 0, 0, 1, 2, 3, 4), { maxLength: 60 }), (bytes) => {
        const writer = new BitWriter(128);
        for (const byte of bytes) writer.bits(byte, 8);
        const unit = writer.nalUnit(0x65);
        for (let at = 0; at + 2 < unit.length; at++) {
          if (unit[at] === 0 && unit[at + 1] === 0) expect(unit[at + 2]).toBeGreaterThan(2);
        }
        expect([...unescapeRbsp(unit)]).toEqual([0x65, ...bytes, 0x80]);
      }),
      { seed: 8 },
    );
  });

  it('escapes as the standard shows', () => {
    expect(new BitWriter(16).bits(0, 32).bits(0, 8).nalUnit(0x65).toString('hex')).toBe('650000030000030080');
  });
});
