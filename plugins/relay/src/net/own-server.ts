import { networkInterfaces } from 'node:os';
import type { ListenAddress } from '@sluice/core';
import { isLoopback } from '../proto/targets.js';
import type { Way } from './clients.js';

/** Whether a target, resolved to `addresses`, is a server of this engine. */
export function isOwnServer({ client, target }: Way, addresses: readonly string[], listening: readonly ListenAddress[]): boolean {
  const ports = listening.filter(
    ({ plugin, protocol, port, secure }) => plugin === client.name && protocol === 'tcp' && port === target.port && secure === target.secure,
  );
  if (ports.length === 0) return false;
  const own = new Set(Object.values(networkInterfaces()).flatMap((each) => each?.map(({ address }) => address) ?? []));
  const reaches = (host: string, address: string): boolean => {
    if (host === '0.0.0.0' || host === '::') return isLoopback(address) || own.has(address);
    return host === address || (isLoopback(host) && isLoopback(address));
  };
  return addresses.some((address) => ports.some(({ host }) => reaches(host, address)));
}
