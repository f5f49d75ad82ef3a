import { SluiceError } from '@sluice/core';
import fc from 'fast-check';
import { parseHvcC, serializeHvcC } from '../src/index.js';
import { hex, PPS, REAL_SPS, VPS } from './material.js';

const SPS = REAL_SPS[0]?.[1] ?? '';
const parameters = { vps: [hex(VPS)], sps: [hex(SPS)], pps: [hex(PPS)] };
/** Profile, tier and level of the SPS; chroma 4:2:0, 8 bits, one sub-layer nested, lengths of four bytes. */
const HEAD = '01016000000090000000000078f000fcfdf8f800000f';
const RECORD = `${HEAD}03200001001840010c01ffff016000000300900000030000030078999809210001002a${SPS}2200010007${PPS}`;

describe('serializeHvcC', () => {
  it('takes profile, tier and level from the SPS (ISO/IEC 14496-15 8.3.3.1)', () => {
    expect(serializeHvcC(parameters).toString('hex')).toBe(RECORD);
  });

  it('is undone by parseHvcC', () => {
    for (const [, sps] of REAL_SPS) {
      const several = { vps: [hex(VPS)], sps: [hex(sps), hex(SPS)], pps: [hex(PPS), hex('440148')] };
      expect(parseHvcC(serializeHvcC(several))).toEqual({ parameters: several, lengthSize: 4 });
    }
    const without = { ...parameters, vps: [] };
    expect(parseHvcC(serializeHvcC(without)).parameters).toEqual(without);
  });

  it('makes a record also of an SPS that cannot be read to its end', () => {
    const record = serializeHvcC({ ...parameters, sps: [hex(SPS).subarray(0, 24)] });
    expect(record.toString('hex', 0, 22)).toBe(HEAD);
  });

  it('refuses where there is no SPS', () => {
    expect(() => serializeHvcC({ ...parameters, sps: [] })).toThrow(expect.objectContaining({ code: 'ERR_H265_HVCC' }));
    expect(() => serializeHvcC({ ...parameters, sps: [hex(SPS).subarray(0, 10)] })).toThrow(SluiceError);
    expect(() => serializeHvcC({ ...parameters, pps: [Buffer.alloc(0x10000, 0x44)] })).toThrow(SluiceError);
  });
});

describe('parseHvcC', () => {
  it('refuses a record with ERR_H265_HVCC when cut anywhere', () => {
    const whole = hex(RECORD);
    for (let end = 0; end < whole.length; end++) {
      expect(() => parseHvcC(whole.subarray(0, end))).toThrow(expect.objectContaining({ code: 'ERR_H265_HVCC', fatal: true }));
    }
  });

  it('leaves out SEI and takes version 0', () => {
    const record = `00${HEAD.slice(2)}02a7000100024e01a20001000744${PPS.slice(2)}`;
    expect(parseHvcC(hex(record)).parameters).toEqual({ vps: [], sps: [], pps: [hex(PPS)] });
  });

  it('refuses a set in the array of another kind, and too many', () => {
    expect(() => parseHvcC(hex(`${HEAD}0121000100074401c172b46240`))).toThrow(SluiceError);
    expect(() => parseHvcC(Buffer.concat([hex(`${HEAD}0120ffff`), Buffer.alloc(0x20000)]))).toThrow(SluiceError);
  });

  it('throws nothing but SluiceError on changed bytes', () => {
    const whole = hex(RECORD);
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length), (at, value, end) => {
        const changed = Buffer.from(whole);
        changed[at] = value;
        try {
          parseHvcC(changed.subarray(0, end));
        } catch (error) {
          expect(error).toBeInstanceOf(SluiceError);
        }
      }),
      { seed: 1, numRuns: 2000 },
    );
  });
});
