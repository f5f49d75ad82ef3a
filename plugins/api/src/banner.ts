import type { BannerFacts, BannerLine } from '@sluice/core';

/** Where the API is and where its key is, for the banner of a start. The key itself only where it was made just now. */
export function apiBanner({ host, addresses, secrets }: BannerFacts, basePath: string): BannerLine[] {
  const address = addresses.find(({ plugin }) => plugin === 'http');
  if (address === undefined) return [];
  const lines = [{ label: 'API', text: `${address.secure ? 'https' : 'http'}://${host}:${address.port}${basePath}/docs` }];
  const kept = secrets.find(({ plugin }) => plugin === 'api');
  if (kept !== undefined) lines.push({ label: 'API key', text: kept.fresh ? `${kept.value} (shown this once)` : `in ${kept.file}` });
  return lines;
}
