import type { BannerFacts, BannerLine } from '@sluice/core';

/** The secret that was made, for the banner of the first start. */
export function webhookBanner({ secrets }: BannerFacts): BannerLine[] {
  const secret = secrets.find(({ plugin, fresh }) => plugin === 'report-http' && fresh);
  return secret === undefined ? [] : [{ label: 'Webhook secret', text: secret.value }];
}
