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
