/** A generator of 32 bits (mulberry32): the same numbers for the same seed, on every machine. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}

/** Shares of bits that are flipped, as zzuf's `-r`; a seed has one of them. */
const RATIOS = [0.0004, 0.001, 0.004, 0.01, 0.02];

/** The same bytes with bits flipped, at least one; now and then a piece is left out, doubled or overwritten. `seed` alone decides. */
export function mutate(bytes: Buffer, seed: number): Buffer {
  const next = seeded(seed);
  const below = (limit: number): number => next() % Math.max(1, limit);
  const mutant = Buffer.from(bytes);
  const ratio = RATIOS[seed % RATIOS.length] ?? 0;
  const flips = Math.max(1, Math.round(bytes.length * 8 * ratio));
  for (let flip = 0; flip < flips; flip++) {
    const at = below(mutant.length);
    mutant[at] = (mutant[at] ?? 0) ^ (1 << below(8));
  }
  const at = below(mutant.length);
  const length = 1 + below(Math.min(64, mutant.length - at));
  switch (below(8)) {
    case 0:
      return Buffer.concat([mutant.subarray(0, at), mutant.subarray(at + length)]);
    case 1:
      return Buffer.concat([mutant.subarray(0, at + length), mutant.subarray(at)]);
    case 2:
      return Buffer.concat([mutant.subarray(0, at), Buffer.alloc(length, next() & 0xff), mutant.subarray(at + length)]);
    case 3:
      return mutant.subarray(0, at + length);
    default:
      return mutant;
  }
}
