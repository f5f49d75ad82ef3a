import { SluiceError } from '@sluice/core';
import fc from 'fast-check';
import { joinAnnexB, lengthPrefixedSize, splitAnnexB, splitLengthPrefixed, unescapeRbsp, writeLengthPrefixed } from '../src/index.js';
import { describeWithCases, readCase, readCases } from './cases.js';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const texts = (units: readonly Buffer[]): string[] => units.map((unit) => unit.toString('hex'));

/** A NAL unit without start code inside and without zero at its end, as the standard wants it. */
const unitArbitrary = fc.uint8Array({ minLength: 1, maxLength: 40 }).map((bytes) => Buffer.from(bytes.map((byte) => byte || 7)));

describe('splitAnnexB', () => {
  it.each([
    ['', []],
    ['0102', []],
    ['000001', []],
    ['00000001', []],
    ['0000016501', ['6501']],
    ['000000016501', ['6501']],
    ['000001 09f0 000001 6501 00000001 6102', ['09f0', '6501', '6102']],
    ['000001 6501 0000 000001 6102 000000', ['6501', '6102']],
    ['000001 000001 6501', ['6501']],
    ['ffff 000001 6501', ['6501']],
    ['000001 6500000300 01', ['650000030001']],
  ])('splits %s', (data, expected) => {
    expect(texts(splitAnnexB(hex(data)))).toEqual(expected);
  });

  it('gives views', () => {
    const data = hex('0000016501');
    const unit = splitAnnexB(data)[0];
    data[4] = 9;
    expect(unit?.[1]).toBe(9);
  });

  it('is undone by joinAnnexB', () => {
    fc.assert(
      fc.property(fc.array(unitArbitrary, { maxLength: 8 }), (units) => {
        expect(texts(splitAnnexB(joinAnnexB(units)))).toEqual(texts(units));
      }),
      { seed: 1 },
    );
  });

  it('never throws and never gives more than it got', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 0, 0, 1, 3, 0x65), { maxLength: 60 }), (bytes) => {
        const units = splitAnnexB(Buffer.from(bytes));
        expect(units.reduce((sum, unit) => sum + unit.length + 3, 0)).toBeLessThanOrEqual(bytes.length);
        for (const unit of units) expect(unit.indexOf(hex('000001'))).toBe(-1);
      }),
      { seed: 2, numRuns: 500 },
    );
  });
});

describe('length-prefixed NAL units', () => {
  it('are split for each size of the length', () => {
    expect(texts(splitLengthPrefixed(hex('02 6501 01 61'), 1))).toEqual(['6501', '61']);
    expect(texts(splitLengthPrefixed(hex('0002 6501 0000 0001 61'), 2))).toEqual(['6501', '61']);
    expect(texts(splitLengthPrefixed(hex('000002 6501'), 3))).toEqual(['6501']);
    expect(texts(splitLengthPrefixed(hex('00000002 6501'), 4))).toEqual(['6501']);
  });

  it('come back as they were written', () => {
    fc.assert(
      fc.property(fc.array(unitArbitrary, { maxLength: 8 }), fc.nat(5), (units, offset) => {
        const target = Buffer.alloc(offset + lengthPrefixedSize(units));
        expect(writeLengthPrefixed(units, target, offset)).toBe(target.length);
        expect(texts(splitLengthPrefixed(target.subarray(offset), 4))).toEqual(texts(units));
      }),
      { seed: 3 },
    );
  });

  it('are refused with ERR_NAL_LENGTH when cut anywhere but between units', () => {
    const whole = hex('00000002 6501 00000003 610203');
    const between = [0, 6, whole.length];
    for (let end = 0; end <= whole.length; end++) {
      const split = () => splitLengthPrefixed(whole.subarray(0, end), 4);
      if (between.includes(end)) expect(split).not.toThrow();
      else expect(split).toThrow(expect.objectContaining({ code: 'ERR_NAL_LENGTH', fatal: true }));
    }
  });

  it('are refused when the length field is no length field', () => {
    for (const size of [0, 5, 1.5, Number.NaN]) expect(() => splitLengthPrefixed(hex('00'), size)).toThrow(SluiceError);
  });
});

describe('unescapeRbsp', () => {
  it.each([
    ['', ''],
    ['6742', '6742'],
    ['67000003 01', '67000001'],
    ['67000003 000003 01', '670000000001'],
    ['67 000003', '670000'],
    ['000003 03', '000003'],
  ])('turns %s into %s', (nal, rbsp) => {
    expect(unescapeRbsp(hex(nal)).toString('hex')).toBe(rbsp);
  });

  it('copies nothing where nothing is escaped', () => {
    const nal = hex('674200');
    expect(unescapeRbsp(nal)).toBe(nal);
  });
});

describeWithCases('shared material', () => {
  it('splits what cameras send', () => {
    expect(splitAnnexB(readCase('corpus/codec/annexb-cameras/TestDahua.bin')).map((unit) => ((unit[0] ?? 0) >> 1) & 63)).toEqual([35, 32, 33, 34, 19]);
  });

  it('keeps every byte of an elementary stream but start codes', () => {
    const units = splitAnnexB(readCase('media/avatar.h264'));
    expect(units).toHaveLength(334);
  });

  it('survives the fuzz corpus', () => {
    for (const [, data] of [...readCases('corpus/codec/h264-fuzz-annexb'), ...readCases('corpus/codec/h264-annexb')]) splitAnnexB(data);
    for (const [, data] of readCases('corpus/codec/h264-fuzz-avcc')) {
      try {
        splitLengthPrefixed(data, 4);
      } catch (error) {
        expect(error).toBeInstanceOf(SluiceError);
      }
    }
  });
});
