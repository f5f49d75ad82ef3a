import { SluiceError } from '@sluice/core';
import fc from 'fast-check';
import { parseAvcC, serializeAvcC } from '../src/index.js';
import { BASELINE_SPS, hex, PPS, REAL_SPS } from './material.js';

/** The sequence header of an FLV file by FFmpeg (ossrs/srs-bench, MIT). */
const RECORD = '01640020ffe1001967640020acd940c029b011000003000100000300320f1831960100' + '0568ebecb22c';

describe('parseAvcC', () => {
  it('reads a record without the fields of the high profiles', () => {
    const { parameters, lengthSize } = parseAvcC(hex(RECORD));
    expect(lengthSize).toBe(4);
    expect(parameters.sps.map((unit) => unit.toString('hex'))).toEqual(['67640020acd940c029b011000003000100000300320f183196']);
    expect(parameters.pps.map((unit) => unit.toString('hex'))).toEqual([PPS]);
  });

  it('refuses it with ERR_H264_AVCC when cut anywhere', () => {
    const whole = hex(RECORD);
    for (let end = 0; end < whole.length; end++) {
      expect(() => parseAvcC(whole.subarray(0, end))).toThrow(expect.objectContaining({ code: 'ERR_H264_AVCC', fatal: true }));
    }
  });

  it('takes a record without parameter sets, as of streams that carry them in band', () => {
    expect(parseAvcC(hex('01640020ffe000')).parameters).toEqual({ sps: [], pps: [] });
  });

  it.each(['00640020ffe000', '01640020fee000', '01640020ffe1000268eb00', '01640020ffe001000467640020'])('refuses %s', (text) => {
    expect(() => parseAvcC(hex(text))).toThrow(SluiceError);
  });

  it('throws nothing but SluiceError on changed bytes', () => {
    const whole = hex(RECORD);
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length), (at, value, end) => {
        const changed = Buffer.from(whole);
        changed[at] = value;
        try {
          parseAvcC(changed.subarray(0, end));
        } catch (error) {
          expect(error).toBeInstanceOf(SluiceError);
        }
      }),
      { seed: 1, numRuns: 2000 },
    );
  });
});

describe('serializeAvcC', () => {
  it('adds chroma format and bit depths for the high profiles (ISO/IEC 14496-15 5.3.3.1.2)', () => {
    expect(serializeAvcC(parseAvcC(hex(RECORD)).parameters).toString('hex')).toBe(`${RECORD}fdf8f800`);
  });

  it('is undone by parseAvcC', () => {
    for (const text of [BASELINE_SPS, ...REAL_SPS.map(([, sps]) => sps)]) {
      const parameters = { sps: [hex(text), hex(BASELINE_SPS)], pps: [hex(PPS), hex('68ee')] };
      expect(parseAvcC(serializeAvcC(parameters))).toEqual({ parameters, lengthSize: 4 });
    }
  });

  it('makes a record also of an SPS that cannot be read', () => {
    expect(serializeAvcC({ sps: [hex('67640029')], pps: [hex(PPS)] }).toString('hex')).toBe(`01640029ffe1000467640029010005${PPS}`);
  });

  it('refuses what no record can hold', () => {
    const sps = hex(BASELINE_SPS);
    expect(() => serializeAvcC({ sps: [], pps: [] })).toThrow(expect.objectContaining({ code: 'ERR_H264_AVCC' }));
    expect(() => serializeAvcC({ sps: Array.from({ length: 32 }, () => sps), pps: [] })).toThrow(SluiceError);
    expect(() => serializeAvcC({ sps: [sps], pps: [Buffer.alloc(0x10000)] })).toThrow(SluiceError);
  });
});
