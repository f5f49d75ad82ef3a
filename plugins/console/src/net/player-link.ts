import type { BannerFacts, BannerLine } from '@sluice/core';

/** The page's link for the banner. The first start's link carries the API key, behind `#`, which browsers do not send. */
export function playerLink({ host, addresses, secrets }: BannerFacts, basePath: string, path: string | undefined): BannerLine[] {
  const own = addresses.filter(({ plugin, protocol }) => plugin === 'http' && protocol === 'tcp');
  const address = own.find(({ secure }) => !secure) ?? own[0];
  if (address === undefined) return [];
  const key = secrets.find(({ plugin, name, fresh }) => plugin === 'api' && name === 'api-key' && fresh);
  const query = path === undefined ? '' : `?stream=${path}`;
  const fragment = key === undefined ? '' : `#key=${encodeURIComponent(key.value)}`;
  return [{ label: 'Player page', text: `${address.secure ? 'https' : 'http'}://${host}:${address.port}${basePath}/player${query}${fragment}` }];
}
