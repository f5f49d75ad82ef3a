import { networkInterfaces } from 'node:os';
import type { BannerLine } from '../plugin/banner.js';
import type { ListenAddress } from '../transport/types.js';

/** What the banner tells. */
export interface BannerContent {
  readonly version: string;
  readonly preset: string;
  readonly addresses: readonly ListenAddress[];
  readonly lines: readonly BannerLine[];
  readonly warnings: readonly string[];
}

function hostPort({ host, port }: ListenAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The banner of a start: version, listening addresses, the plugins' lines, warnings. */
export function bannerText({ version, preset, addresses, lines, warnings }: BannerContent): string {
  const listening = addresses.map((address) => ({
    label: address.name,
    text: `${address.protocol}${address.secure ? '+tls' : ''} ${hostPort(address)}`,
  }));
  const width = Math.max(0, ...[...listening, ...lines].map(({ label }) => label.length));
  const rows = (entries: readonly BannerLine[]) => entries.map(({ label, text }) => `  ${label.padEnd(width)}  ${text}`);
  const block = (title: string, content: readonly string[]) => (content.length === 0 ? [] : ['', title, ...content]);
  return [
    `Sluice ${version} runs ${preset}`,
    ...block('Listening', rows(listening)),
    ...block('Ready to paste', rows(lines)),
    ...block(
      'Warnings',
      warnings.map((warning) => `  ! ${warning}`),
    ),
    '',
    '',
  ].join('\n');
}

/** The address to reach this machine by: the configured one, else this machine's first outer IPv4 address, else the loopback one. */
export function reachableHost(configured: string | undefined): string {
  if (configured !== undefined && configured !== '0.0.0.0' && configured !== '::') return configured.includes(':') ? `[${configured}]` : configured;
  const outer = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal);
  return outer?.address ?? '127.0.0.1';
}
