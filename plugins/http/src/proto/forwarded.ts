import { SluiceError } from '@sluice/core';
import ipaddr from 'ipaddr.js';

type Address = ReturnType<typeof ipaddr.process>;
type Range = [Address, number];

/** Whether an address belongs to a proxy that is trusted. */
export type TrustCheck = (address: string) => boolean;

function parseRange(text: string): Range {
  try {
    if (text.includes('/')) return ipaddr.parseCIDR(text);
    const address = ipaddr.process(text);
    return [address, address.kind() === 'ipv6' ? 128 : 32];
  } catch (cause) {
    throw new SluiceError('ERR_HTTP_TRUSTED_PROXY', `'${text}' is neither an address nor a CIDR`, { plugin: 'http', cause });
  }
}

/** True for an address or a CIDR. */
export function isRange(text: string): boolean {
  return text.includes('/') ? ipaddr.isValidCIDR(text) : ipaddr.isValid(text);
}

/** Makes the check from addresses and CIDRs. Throws `ERR_HTTP_TRUSTED_PROXY` for anything else. */
export function createTrustCheck(ranges: readonly string[]): TrustCheck {
  const parsed = ranges.map(parseRange);
  return (text) => {
    if (parsed.length === 0 || !ipaddr.isValid(text)) return false;
    const address = ipaddr.process(text);
    return parsed.some((range) => range[0].kind() === address.kind() && address.match(range));
  };
}

/** Address of `host:port`, `[v6]:port` or an address alone. */
function splitPort(text: string): { host: string; port: string } {
  const bracketed = /^\[([^\]]*)\](?::(\d{1,5}))?$/.exec(text);
  if (bracketed) return { host: bracketed[1] ?? '', port: bracketed[2] ?? '0' };
  const colon = text.indexOf(':');
  if (colon >= 0 && colon === text.lastIndexOf(':')) return { host: text.slice(0, colon), port: text.slice(colon + 1) };
  return { host: text, port: '0' };
}

function joinPort(host: string, port: string): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * The other end as `address:port`. From right to left, as each proxy appends what it saw (X-Forwarded-For): the first address that is no trusted proxy.
 * The port is 0 where the header says none. A part that is no address ends the search: what stands left of it cannot be trusted.
 */
export function forwardedRemote(remote: string, forwardedFor: string | undefined, isTrusted: TrustCheck): string {
  if (forwardedFor === undefined || !isTrusted(splitPort(remote).host)) return remote;
  let answer = remote;
  for (const part of forwardedFor.split(',').reverse()) {
    const { host, port } = splitPort(part.trim());
    if (!ipaddr.isValid(host)) break;
    answer = joinPort(ipaddr.process(host).toString(), /^\d{1,5}$/.test(port) ? port : '0');
    if (!isTrusted(host)) break;
  }
  return answer;
}
