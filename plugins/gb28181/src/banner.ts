import type { BannerFacts, BannerLine } from '@sluice/core';
import type { Gb28181Config } from './config.js';

/** Name of the kept password (`ctx.secret`). */
export const PASSWORD_SECRET = 'gb28181-password';

/** What a camera's SIP page asks for, for the banner of a start. The password only where it was made just now. */
export function gb28181Banner({ host, addresses, secrets }: BannerFacts, { sip }: Gb28181Config): BannerLine[] {
  const listening = addresses.find(({ plugin }) => plugin === 'gb28181' || plugin === 'sip');
  if (listening === undefined) return [];
  const [advertised = host, port = String(listening.port)] = sip.advertise?.split(/:(?=\d+$)/) ?? [];
  const kept = secrets.find(({ name }) => name === PASSWORD_SECRET);
  const password =
    sip.password !== undefined ? 'as configured' : kept?.fresh === true ? `${kept.value} (shown this once)` : `in ${kept?.file ?? 'the data folder'}`;
  return [
    { label: 'GB28181 server', text: `id ${sip.id}, domain ${sip.domain}` },
    { label: 'GB28181 address', text: `${advertised}, port ${port} (UDP and TCP)` },
    { label: 'GB28181 password', text: password },
  ];
}
