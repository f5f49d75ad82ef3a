import { clientFor, type LinkTarget, type PluginContext, type StreamClient, streamClients } from '@sluice/core';
import { relayError } from '../errors.js';

/** Who can go where a URL leads. */
export interface Way {
  readonly client: StreamClient;
  readonly target: LinkTarget;
}

/** The way to a URL, by its scheme. Throws `ERR_RELAY_URL` or the client's error, both with status 400. */
export function wayTo(ctx: PluginContext, url: string, kind: 'pull' | 'push'): Way {
  const able = ctx.extensions(streamClients).filter((client) => client[kind] !== undefined);
  const client = clientFor(url, able);
  if (client === undefined) {
    const schemes = able.flatMap((each) => each.schemes).map((scheme) => `${scheme}://`);
    throw relayError('ERR_RELAY_URL', `a ${kind} needs a URL of ${schemes.join(', ')}`);
  }
  return { client, target: client.target(url) };
}
