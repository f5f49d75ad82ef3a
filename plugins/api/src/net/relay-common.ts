import { type PluginContext, type ServiceToken, service } from '@sluice/core';
import type { RelayService } from '@sluice/plugin-relay/service';
import { z } from 'zod';
import { notAvailable } from '../errors.js';

/** By name only: the API loads no relay where nobody wants it. */
const relay: ServiceToken<RelayService> = service<RelayService>('relay');

/** The relay, looked for at each request. Throws `ERR_NOT_AVAILABLE` (404) where it is not loaded. */
export function relayOf(ctx: PluginContext): RelayService {
  const found = ctx.find(relay);
  if (found === undefined) throw notAvailable('relay');
  return found;
}

export const linkParams = z.object({ id: z.string().min(1).max(128) });

/** What a pull and a push are asked for with. */
export const linkRequest = {
  url: z
    .string()
    .min(1)
    .max(4096)
    .describe('rtmp[s]:// or rtsp[s]://HOST[:PORT]/APP/NAME[?QUERY]; a pull takes http[s]://….flv too; relay.allow says which hosts'),
  retryIntervalMs: z.int().min(10).max(600_000).exactOptional().describe('wait before the second try, doubled each time; 1000 by default'),
  transport: z.enum(['auto', 'tcp', 'udp']).exactOptional().describe('how media travels, where the protocol has a choice'),
};

/** What a pull and a push tell of themselves. */
export const linkInfo = {
  id: z.string(),
  path: z.string(),
  url: z.string().describe('without its secrets'),
  state: z.enum(['idle', 'connecting', 'live', 'retrying', 'failed', 'stopped']),
  attempt: z.number().describe('tries since it last ran well'),
  lastError: z.object({ code: z.string(), message: z.string() }).optional(),
  since: z.string().describe('when it came into this state'),
  bytes: z.number(),
};
