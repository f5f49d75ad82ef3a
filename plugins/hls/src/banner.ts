import type { BannerFacts, BannerLine } from '@sluice/core';

/** How to play, for the banner of a start. */
export function hlsBanner({ host, addresses }: BannerFacts, basePath: string): BannerLine[] {
  const address = addresses.find(({ plugin }) => plugin === 'http');
  if (address === undefined) return [];
  return [{ label: 'Play HLS', text: `ffplay ${address.secure ? 'https' : 'http'}://${host}:${address.port}${basePath}/live/demo.m3u8` }];
}
