import type { BannerFacts, BannerLine } from '@sluice/core';

/** How to play, for the banner of a start. */
export function httpFlvBanner({ host, addresses }: BannerFacts, basePath: string): BannerLine[] {
  const address = addresses.find(({ plugin }) => plugin === 'http');
  if (address === undefined) return [];
  return [{ label: 'Play HTTP-FLV', text: `ffplay ${address.secure ? 'https' : 'http'}://${host}:${address.port}${basePath}/live/demo.flv` }];
}
