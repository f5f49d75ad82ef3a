import fc from 'fast-check';
import { createFilterBank } from '../src/audio/filter-bank.js';
import { Resampler } from '../src/audio/resampler.js';
import { amplitude, pitch, tone } from './tones.js';

const whole = (from: number, to: number, input: Float32Array): Float32Array => new Resampler(createFilterBank(from, to)).push(input);

describe('Resampler', () => {
  it.each([
    [8000, 11_025],
    [16_000, 11_025],
    [44_100, 11_025],
    [48_000, 11_025],
    [22_050, 11_025],
    [8000, 48_000],
  ])('keeps pitch and level of a tone from %i to %i Hz', (from, to) => {
    const output = whole(from, to, tone(1000, from, from * 2)).subarray(to / 4);
    expect(pitch(output, to)).toBeCloseTo(1000, 1);
    expect(20 * Math.log10(amplitude(output, 1000, to) / 0.5)).toBeCloseTo(0, 1);
  });

  it('passes what the telephone has and stops what would fold back', () => {
    const level = (frequency: number, from: number, to: number, at = frequency): number =>
      20 * Math.log10(amplitude(whole(from, to, tone(frequency, from, from)).subarray(to / 4), at, to) / 0.5);
    expect(level(3300, 8000, 11_025)).toBeGreaterThan(-3);
    expect(level(200, 8000, 11_025)).toBeGreaterThan(-0.1);
    // 7 kHz at 11025 Hz would be heard at 4025 Hz; the images of 3.3 kHz at 8 kHz at 4.7 kHz.
    expect(level(7000, 16_000, 11_025, 4025)).toBeLessThan(-70);
    expect(level(3300, 8000, 11_025, 4700)).toBeLessThan(-70);
    expect(level(9000, 48_000, 11_025, 2025)).toBeLessThan(-70);
  });

  it('does not shift sound in time', () => {
    const input = new Float32Array(8000);
    input[4000] = 1;
    const output = whole(8000, 11_025, input);
    const peak = output.indexOf(Math.max(...output));
    expect(Math.abs(peak / 11_025 - 0.5)).toBeLessThan(1 / 11_025);
  });

  it('gives the same whatever pieces the input comes in', () => {
    const bank = createFilterBank(16_000, 11_025);
    const input = tone(440, 16_000, 4000);
    const expected = new Resampler(bank).push(input);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 1, maxLength: 12 }), (sizes) => {
        const resampler = new Resampler(bank);
        const pieces: number[] = [];
        let from = 0;
        for (const size of [...sizes, input.length]) {
          pieces.push(...resampler.push(input.subarray(from, Math.min(input.length, from + size))));
          from = Math.min(input.length, from + size);
        }
        expect(pieces).toEqual([...expected]);
      }),
      { numRuns: 50 },
    );
  });
});
