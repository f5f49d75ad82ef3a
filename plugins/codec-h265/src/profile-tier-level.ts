import type { BitReader } from '@sluice/core';

/** The general part of profile_tier_level (ITU-T H.265 7.3.3). */
export interface ProfileTierLevel {
  readonly profileSpace: number;
  readonly highTier: boolean;
  readonly profileIdc: number;
  /** The 32 compatibility flags, the first as the highest bit. */
  readonly compatibilityFlags: number;
  /** The 48 bits of constraint flags. */
  readonly constraintFlags: number;
  /** Thirty times the level: 93 is 3.1. */
  readonly levelIdc: number;
}

/** Reads profile_tier_level with its profile and skips what it says of the sub-layers. */
export function parseProfileTierLevel(bits: BitReader, maxSubLayersMinus1: number): ProfileTierLevel {
  const profileSpace = bits.bits(2);
  const highTier = bits.flag();
  const profileIdc = bits.bits(5);
  const compatibilityFlags = bits.bits(32);
  const constraintFlags = bits.bits(24) * 2 ** 24 + bits.bits(24);
  const levelIdc = bits.bits(8);
  skipSubLayers(bits, maxSubLayersMinus1);
  return { profileSpace, highTier, profileIdc, compatibilityFlags, constraintFlags, levelIdc };
}

function skipSubLayers(bits: BitReader, maxSubLayersMinus1: number): void {
  if (maxSubLayersMinus1 === 0) return;
  const flags = bits.bits(16); // two flags for each of 8 sub-layers
  for (let i = 0; i < maxSubLayersMinus1; i++) {
    if ((flags >> (15 - 2 * i)) & 1) bits.skip(88);
    if ((flags >> (14 - 2 * i)) & 1) bits.skip(8);
  }
}

const NAMES: Readonly<Record<number, string>> = {
  1: 'Main',
  2: 'Main 10',
  3: 'Main Still Picture',
  4: 'Range Extensions',
  5: 'High Throughput',
  6: 'Multiview Main',
  7: 'Scalable Main',
  8: '3D Main',
  9: 'Screen Content Coding',
};

/** The name of an H.265 profile (ITU-T H.265 annex A). */
export function profileName(profileIdc: number): string {
  return NAMES[profileIdc] ?? `profile ${profileIdc}`;
}
