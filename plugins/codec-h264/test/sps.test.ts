import { SluiceError } from '@sluice/core';
import fc from 'fast-check';
import { parsePpsHead, parseSps } from '../src/index.js';
import { readCases } from './cases.js';
import { BASELINE_SPS, hex, PPS, REAL_SPS } from './material.js';

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
    expect(parseSps(hex(text))).toMatchObject(expected);
  });

  it('reads a baseline SPS, whose chroma format is implied', () => {
    expect(parseSps(hex(BASELINE_SPS))).toMatchObject({ profileIdc: 66, levelIdc: 30, chromaFormat: 1, bitDepthLuma: 8, width: 640, height: 480 });
  });

  it('takes an SPS whose VUI is cut, without frame rate', () => {
    const whole = hex(REAL_SPS[0]?.[1] ?? '');
    const cut = parseSps(whole.subarray(0, 18));
    expect(cut).toMatchObject({ width: 1920, height: 1080 });
    expect(cut.fps).toBeUndefined();
  });

  it('refuses every SPS cut before its VUI with ERR_H264_SPS', () => {
    const whole = hex(REAL_SPS[0]?.[1] ?? '');
    for (let end = 0; end < 12; end++) {
      expect(() => parseSps(whole.subarray(0, end))).toThrow(expect.objectContaining({ code: 'ERR_H264_SPS', fatal: true }));
    }
  });

  it('refuses what is no SPS, or longer than any', () => {
    expect(() => parseSps(hex(PPS))).toThrow(SluiceError);
    expect(() => parseSps(Buffer.concat([hex(BASELINE_SPS), Buffer.alloc(5000, 1)]))).toThrow(SluiceError);
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
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        survive(() => parseSps(Buffer.concat([hex('67640029'), Buffer.from(bytes)])));
        survive(() => parsePpsHead(Buffer.from(bytes)));
      }),
      { seed: 2, numRuns: 2000 },
    );
  });

  it('survives the fuzz corpus', () => {
    for (const folder of ['h264-fuzz-sps', 'h264-fuzz-nalu']) {
      for (const [, data] of readCases(`corpus/codec/${folder}`)) {
        survive(() => parseSps(data));
        survive(() => parsePpsHead(data));
      }
    }
  });
});

describe('parsePpsHead', () => {
  it('reads both ids', () => {
    expect(parsePpsHead(hex(PPS))).toEqual({ id: 0, spsId: 0 });
    expect(parsePpsHead(hex('684680'))).toEqual({ id: 1, spsId: 5 });
  });

  it('refuses ids the standard does not know', () => {
    expect(() => parsePpsHead(hex('6800008080'))).toThrow(expect.objectContaining({ code: 'ERR_H264_PPS' }));
    expect(() => parsePpsHead(hex('68'))).toThrow(SluiceError);
  });
});
