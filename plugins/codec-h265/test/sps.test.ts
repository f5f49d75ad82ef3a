import { SluiceError } from '@sluice/core';
import fc from 'fast-check';
import { parsePpsId, parseSps, parseVpsId } from '../src/index.js';
import { readCases } from './cases.js';
import { hex, PPS, REAL_SPS, VPS } from './material.js';

/** Runs a parser that may refuse, but only with a SluiceError. */
function survive(parse: () => unknown): void {
  try {
    parse();
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
  }
}

describe('parseSps', () => {
  it.each(REAL_SPS)('reads the SPS of %s', (_name, text, expected) => {
    expect(parseSps(hex(text))).toMatchObject({ ...expected, chromaFormat: 1, bitDepthLuma: 8, bitDepthChroma: 8 });
  });

  it('reads profile, tier and level', () => {
    expect(parseSps(hex(REAL_SPS[0]?.[1] ?? '')).profileTierLevel).toEqual({
      profileSpace: 0,
      highTier: false,
      profileIdc: 1,
      compatibilityFlags: 0x60000000,
      constraintFlags: 0x900000000000,
      levelIdc: 120,
    });
  });

  it('refuses every SPS cut before its VUI with ERR_H265_SPS', () => {
    const whole = hex(REAL_SPS[0]?.[1] ?? '');
    for (let end = 0; end < 30; end++) {
      expect(() => parseSps(whole.subarray(0, end))).toThrow(expect.objectContaining({ code: 'ERR_H265_SPS', fatal: true }));
    }
  });

  it('refuses what is no SPS, or longer than any', () => {
    expect(() => parseSps(hex(PPS))).toThrow(SluiceError);
    expect(() => parseSps(Buffer.concat([hex(REAL_SPS[0]?.[1] ?? ''), Buffer.alloc(5000, 1)]))).toThrow(SluiceError);
  });

  it('throws nothing but SluiceError on changed bits', () => {
    const originals = REAL_SPS.map(([, text]) => hex(text));
    fc.assert(
      fc.property(fc.constantFrom(...originals), fc.array(fc.tuple(fc.nat(400), fc.nat(7)), { maxLength: 8 }), (original, changes) => {
        const changed = Buffer.from(original);
        for (const [at, bit] of changes) changed[at % changed.length] = (changed[at % changed.length] ?? 0) ^ (1 << bit);
        survive(() => parseSps(changed));
      }),
      { seed: 1, numRuns: 3000 },
    );
  });

  it('throws nothing but SluiceError on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        survive(() => parseSps(Buffer.concat([hex('420101016000000300900000030000030078'), Buffer.from(bytes)])));
        survive(() => parsePpsId(Buffer.from(bytes)));
        survive(() => parseVpsId(Buffer.from(bytes)));
      }),
      { seed: 2, numRuns: 2000 },
    );
  });

  it('survives the fuzz corpus', () => {
    for (const folder of ['h265-fuzz-ps', 'h265-fuzz-nalu']) {
      for (const [, data] of readCases(`corpus/codec/${folder}`)) {
        survive(() => parseSps(data));
        survive(() => parsePpsId(data));
      }
    }
  });
});

describe('ids of parameter sets', () => {
  it('are read', () => {
    expect(parseVpsId(hex(VPS))).toBe(0);
    expect(parsePpsId(hex(PPS))).toBe(0);
    expect(parsePpsId(hex('440148'))).toBe(1);
  });

  it('are refused where cut or out of range', () => {
    expect(() => parseVpsId(hex('4001'))).toThrow(expect.objectContaining({ code: 'ERR_H265_VPS' }));
    expect(() => parsePpsId(hex('4401'))).toThrow(expect.objectContaining({ code: 'ERR_H265_PPS' }));
    expect(() => parsePpsId(hex('44010180'))).toThrow(SluiceError);
  });
});
