import { BitReader, ByteReader, ByteWriter, OutOfBytesError, rescale, sameTrack, Unwrapper } from '@sluice/core';
import { testAudioTrack, testVideoTrack } from '@sluice/core/testing';
import fc from 'fast-check';

describe('time', () => {
  it('rescales with rounding half up and keeps order', () => {
    expect(rescale(1, 90_000, 1000)).toBe(0);
    expect(rescale(45, 90_000, 1000)).toBe(1);
    expect(rescale(-45, 90_000, 1000)).toBe(0);
    expect(rescale(40, 1000, 90_000)).toBe(3600);
    fc.assert(fc.property(fc.integer(), fc.integer({ min: 0, max: 1e6 }), (at, more) => rescale(at + more, 90_000, 1000) >= rescale(at, 90_000, 1000)));
  });

  it('unwraps every walk of steps shorter than half the circle, both ways', () => {
    const bits = fc.constantFrom(8, 16, 32, 33);
    const walk = fc.array(fc.double({ min: -0.49, max: 0.49, noNaN: true }), { maxLength: 100 });
    fc.assert(
      fc.property(bits, walk, (width, steps) => {
        const modulus = 2 ** width;
        const unwrapper = new Unwrapper(width);
        let true_ = modulus - 1;
        expect(unwrapper.unwrap(true_)).toBe(true_);
        for (const step of steps) {
          true_ += Math.trunc(step * modulus);
          expect(unwrapper.unwrap(((true_ % modulus) + modulus) % modulus)).toBe(true_);
        }
      }),
    );
  });

  it('takes the first value after a reset as it is', () => {
    const unwrapper = new Unwrapper(16);
    unwrapper.unwrap(65_535);
    expect(unwrapper.unwrap(0)).toBe(65_536);
    unwrapper.reset();
    expect(unwrapper.unwrap(7)).toBe(7);
  });
});

describe('byte and bit readers', () => {
  it('reads what the writer wrote, growing from nothing', () => {
    const number = fc.nat(0xffffffff);
    fc.assert(
      fc.property(number, fc.uint8Array({ maxLength: 600 }), fc.double({ noNaN: true }), (value, blob, real) => {
        const bytes = new ByteWriter(0).u8(value).u16(value).u24(value).u32(value).f64(real).bytes(blob).finish();
        const reader = new ByteReader(bytes);
        expect([reader.u8(), reader.u16(), reader.u24(), reader.u32()]).toEqual([value & 0xff, value & 0xffff, value & 0xffffff, value]);
        expect(Object.is(reader.f64(), real)).toBe(true);
        expect([...reader.rest()]).toEqual([...blob]);
        expect(reader.left).toBe(0);
      }),
    );
  });

  it('throws past the end and stays where it was', () => {
    const reader = new ByteReader(Buffer.from([1, 2]));
    expect(() => reader.u24()).toThrow(OutOfBytesError);
    expect(() => reader.bytes(-1)).toThrow(OutOfBytesError);
    expect(reader.u16()).toBe(0x0102);
    expect(() => reader.skip(1)).toThrow(OutOfBytesError);
  });

  it('answers views, not copies', () => {
    const bytes = Buffer.from([1, 2, 3]);
    const view = new ByteReader(bytes, 1).rest();
    bytes[1] = 9;
    expect([...view]).toEqual([9, 3]);
  });

  it('reads any split of a bit string', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 16 }), fc.array(fc.integer({ min: 0, max: 32 })), (bytes, counts) => {
        const all = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
        const reader = new BitReader(bytes);
        for (const count of counts) {
          const at = reader.position;
          if (count > reader.left) {
            expect(() => reader.bits(count)).toThrow(OutOfBytesError);
            expect(reader.position).toBe(at);
          } else {
            expect(reader.bits(count)).toBe(count === 0 ? 0 : Number.parseInt(all.slice(at, at + count), 2));
          }
        }
      }),
    );
  });

  it('reads Exp-Golomb codes', () => {
    // 1 010 011 00100 00101
    const reader = new BitReader(Buffer.from([0b10100110, 0b01000010, 0b10000000]));
    expect([reader.ue(), reader.ue(), reader.ue(), reader.ue(), reader.ue()]).toEqual([0, 1, 2, 3, 4]);
    const signed = new BitReader(Buffer.from([0b10100110, 0b01000010, 0b10000000]));
    expect([signed.se(), signed.se(), signed.se(), signed.se(), signed.se()].map((value) => value + 0)).toEqual([0, 1, -1, 2, -2]);
    expect(() => new BitReader(Buffer.alloc(16)).ue()).toThrow(OutOfBytesError);
    expect(() => new BitReader(Buffer.from([0])).ue()).toThrow(OutOfBytesError);
  });
});

describe('sameTrack', () => {
  const track = { ...testVideoTrack(), parameters: { sps: [Buffer.from([1, 2])] } };

  it('compares parameters byte by byte, and no ids and epochs', () => {
    expect(sameTrack(track, { ...track, epoch: 3, parameters: { sps: [Buffer.from([1, 2])] } })).toBe(true);
    expect(sameTrack(track, { ...track, parameters: { sps: [Buffer.from([1, 3])] } })).toBe(false);
    expect(sameTrack(track, { ...track, clockRate: 1000 })).toBe(false);
    expect(sameTrack(testAudioTrack(), testAudioTrack({ info: { sampleRate: 16_000, channels: 1 } }))).toBe(false);
  });
});
