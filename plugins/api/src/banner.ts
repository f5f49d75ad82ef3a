import type { BannerFacts, BannerLine } from '@sluice/core';

/** Where the API is, for the banner of a start. */
export function apiBanner({ host, addresses }: BannerFacts, basePath: string): BannerLine[] {
  const own = addresses.filter(({ plugin }) => plugin === 'http');
  return own.map(({ secure, port }) => ({ label: secure ? 'API (TLS)' : 'API', text: `${secure ? 'https' : 'http'}://${host}:${port}${basePath}/docs` }));
}
