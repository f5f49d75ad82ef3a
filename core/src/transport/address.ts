/** `address:port`, IPv6 in brackets, IPv4-mapped IPv6 as IPv4. */
export function formatAddress(address: string | undefined, port: number | undefined): string {
  const plain = plainAddress(address ?? '');
  return plain.includes(':') ? `[${plain}]:${port ?? 0}` : `${plain}:${port ?? 0}`;
}

/** An address without the IPv4-mapped prefix. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}

/** True for addresses that mean every interface. */
export function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::';
}

/** True for a host to listen on that only programs of this machine reach. */
export function isLoopbackHost(host: unknown): boolean {
  return typeof host === 'string' && (host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host));
}

/** The host of `host:port`, `[v6]:port`, or an address alone. */
function hostOf(remote: string): string {
  const bracketed = /^\[([^\]]*)\]/.exec(remote)?.[1];
  if (bracketed !== undefined) return bracketed;
  const colon = remote.indexOf(':');
  return colon >= 0 && colon === remote.lastIndexOf(':') ? remote.slice(0, colon) : remote;
}

/** What one party has of addresses, out of `address:port` or an address: an IPv4 address, or of IPv6 the network of 64 bits. */
export function addressBlock(remote: string): string {
  const address = plainAddress(hostOf(remote));
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const groups = tail === undefined ? left : [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right];
  return groups
    .slice(0, 4)
    .map((group) => group.toLowerCase().replace(/^0+(?=.)/, ''))
    .join(':');
}
