import { randomBytes } from 'node:crypto';
import type { PluginContext } from '@sluice/core';
import type { SipTarget } from '../service.js';

/** What an endpoint needs of the plugin's context. */
export type SipRuntime = Pick<PluginContext, 'transport' | 'clock' | 'log' | 'count'>;

/** An id nobody can guess: branches, tags and Call-IDs keep strangers out of our transactions and dialogs. */
export function randomId(): string {
  return randomBytes(8).toString('hex');
}

/** Names where a packet came from. */
export function sourceKey(source: SipTarget): string {
  return source.transport === 'tcp' ? `tcp ${source.connection ?? `${source.address} ${source.port}`}` : `udp ${source.address} ${source.port}`;
}

/** `host:port`, an IPv6 host in brackets. */
export function hostPort(host: string, port: number): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]:${port}` : `${host}:${port}`;
}
