import { RateMeter } from '../src/map/rate-meter.js';

function measure(meter: RateMeter, bytes: number, stepSeconds: number, count: number, from = 0): number {
  for (let i = 0; i < count; i++) meter.add(bytes, from + i * stepSeconds);
  return from + count * stepSeconds;
}

describe('RateMeter', () => {
  it('knows 8 and 16 kHz within half a second, also by times in whole milliseconds', () => {
    for (const [bytes, rate] of [
      [320, 8000],
      [640, 16_000],
    ] as const) {
      const meter = new RateMeter();
      measure(meter, bytes, 0.04, 9);
      expect(meter.rate).toBe(rate);
    }
    const rounded = new RateMeter();
    for (let i = 0; i < 20; i++) rounded.add(160, Math.floor(i * 20.3) / 1000);
    expect(rounded.rate).toBe(8000);
  });

  it('does not take a loss for another rate, and a lasting change for one', () => {
    const meter = new RateMeter();
    let at = measure(meter, 640, 0.04, 60);
    at = measure(meter, 320, 0.04, 40, at);
    at = measure(meter, 640, 0.04, 60, at);
    expect(meter.rate).toBe(16_000);
    measure(meter, 320, 0.04, 200, at);
    expect(meter.rate).toBe(8000);
  });

  it('knows nothing where time stands still or the rate is none in use', () => {
    const frozen = new RateMeter();
    measure(frozen, 320, 0, 100);
    expect(frozen.rate).toBeUndefined();
    const strange = new RateMeter();
    measure(strange, 480, 0.04, 100);
    expect(strange.rate).toBeUndefined();
  });
});
