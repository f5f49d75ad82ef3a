import { type LinkTarget, type PluginContext, type ServiceToken, type StreamClient, service } from '@sluice/core';
import { relayError } from '../errors.js';
import type { RelayVia } from '../service.js';

/** A protocol that streams come or go by. By name only: its plugin is used where it is loaded, and not loaded for this. */
interface Protocol {
  readonly via: Exclude<RelayVia, 'memory'>;
  readonly schemes: readonly string[];
  readonly token: ServiceToken<StreamClient>;
}

const PROTOCOLS: readonly Protocol[] = [
  { via: 'rtmp', schemes: ['rtmp', 'rtmps'], token: service<StreamClient>('rtmp-client') },
  { via: 'rtsp', schemes: ['rtsp', 'rtsps'], token: service<StreamClient>('rtsp-client') },
  { via: 'http-flv', schemes: ['http', 'https'], token: service<StreamClient>('flv-client') },
];

/** The clients' services, used where they are there. */
export const clientServices: readonly ServiceToken<StreamClient>[] = PROTOCOLS.map(({ token }) => token);

/** Who can go where a URL leads. */
export interface Way {
  readonly via: Exclude<RelayVia, 'memory'>;
  readonly client: StreamClient;
  readonly target: LinkTarget;
}

/** The way to a URL, by its scheme. Throws `ERR_RELAY_URL` or the client's error, both with status 400. */
export function wayTo(ctx: PluginContext, url: string, kind: 'pull' | 'push'): Way {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1]?.toLowerCase();
  const protocol = PROTOCOLS.find(({ schemes }) => scheme !== undefined && schemes.includes(scheme));
  const client = protocol && ctx.find(protocol.token);
  if (protocol === undefined || client?.[kind] === undefined) {
    const able = PROTOCOLS.filter(({ token }) => ctx.find(token)?.[kind] !== undefined).flatMap(({ schemes }) => schemes);
    throw relayError('ERR_RELAY_URL', `a ${kind} needs a URL of ${able.map((name) => `${name}://`).join(', ')}`);
  }
  return { via: protocol.via, client, target: client.target(url) };
}
