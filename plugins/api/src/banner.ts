import type { BannerFacts, BannerLine } from '@sluice/core';

/** Where the API is, for the banner of a start. */
export function apiBanner({ host, addresses }: BannerFacts, basePath: string): BannerLine[] {
  const address = addresses.find(({ plugin }) => plugin === 'http');
  if (address === undefined) return [];
  return [{ label: 'API', text: `${address.secure ? 'https' : 'http'}://${host}:${address.port}${basePath}/docs` }];
}
