import { networkInterfaces } from 'node:os';
import type { ListenAddress } from '@sluice/core';
import type { RtmpTarget } from '@sluice/plugin-rtmp/service';
import { isLoopback } from '../proto/targets.js';

/** Whether a target, resolved to `addresses`, is an RTMP server of this engine. */
export function isOwnServer(target: RtmpTarget, addresses: readonly string[], listening: readonly ListenAddress[]): boolean {
  const ports = listening.filter(
    ({ plugin, protocol, port, secure }) => plugin === 'rtmp' && protocol === 'tcp' && port === target.port && secure === target.secure,
  );
  if (ports.length === 0) return false;
  const own = new Set(Object.values(networkInterfaces()).flatMap((each) => each?.map(({ address }) => address) ?? []));
  const reaches = (host: string, address: string): boolean => {
    if (host === '0.0.0.0' || host === '::') return isLoopback(address) || own.has(address);
    return host === address || (isLoopback(host) && isLoopback(address));
  };
  return addresses.some((address) => ports.some(({ host }) => reaches(host, address)));
}
