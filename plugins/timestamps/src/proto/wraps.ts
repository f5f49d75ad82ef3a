/** Of counters that go round: FLV without its extension byte, signed and unsigned RTP and RTMP, MPEG. */
const BITS = [24, 31, 32, 33] as const;
const MPEG_CLOCK = 90_000;

/** Where a step back of `ticks` is a counter gone round: what to add, so that the step is one of at most `most` ticks. */
export function wrapOf(step: number, least: number, most: number, clockRate: number): number | undefined {
  for (const bits of BITS) {
    const modulus = 2 ** bits;
    if (step + modulus >= least && step + modulus <= most) return modulus;
    // A counter of 90 kHz that was turned into another clock before it got here.
    const turned = Math.round((modulus * clockRate) / MPEG_CLOCK);
    if (step + turned >= least && step + turned <= most) return turned;
  }
  return undefined;
}
