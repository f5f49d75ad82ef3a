import type { BannerFacts, BannerLine } from '@sluice/core';

/** How to play, for the banner of a start. */
export function httpFlvBanner({ host, addresses }: BannerFacts, basePath: string): BannerLine[] {
  const own = addresses.filter(({ plugin }) => plugin === 'http');
  return own.map(({ secure, port }) => ({
    label: secure ? 'Play HTTP-FLV (TLS)' : 'Play HTTP-FLV',
    text: `ffplay ${secure ? 'https' : 'http'}://${host}:${port}${basePath}/live/demo.flv`,
  }));
}
