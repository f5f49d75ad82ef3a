import { type PluginContext, type ServiceToken, service } from '@sluice/core';
import type { RelayService } from '@sluice/plugin-relay/service';
import { z } from 'zod';
import { notAvailable } from '../errors.js';
import { type FailureCases, idParams, time, withoutPlugin } from './schemas.js';

/** By name only: the API loads no relay where nobody wants it. */
const relay: ServiceToken<RelayService> = service<RelayService>('relay');

/** The relay, looked for at each request. Throws `ERR_NOT_AVAILABLE` (404) where it is not loaded. */
export function relayOf(ctx: PluginContext): RelayService {
  const found = ctx.find(relay);
  if (found === undefined) throw notAvailable('relay');
  return found;
}

export const linkParams = idParams('01JX6D2Q');

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

/** What the events `pull.state` and `push.state` say. */
export const linkState = {
  id: z.string(),
  path: z.string(),
  url: z.string().describe('without its secrets'),
  state: z.enum(['idle', 'connecting', 'live', 'retrying', 'failed', 'stopped']),
  attempt: z.number().describe('tries since it last ran well'),
  lastError: z.object({ code: z.string(), message: z.string() }).optional(),
};

/** What a pull and a push tell of themselves. */
export const linkInfo = { ...linkState, since: time.describe('when it came into this state'), bytes: z.number() };

/** An example of them. */
export const linkExample = {
  id: '01JX6D2Q',
  path: 'live/cam1',
  state: 'live',
  attempt: 0,
  since: '2026-05-04T08:00:00.000Z',
  bytes: 5_832_115,
  via: 'rtmp',
} as const;

/** What both answer where the relay is missing. */
export const noRelay: FailureCases = withoutPlugin('relay');

/** Where making one fails. */
export const createFailures: FailureCases = {
  ERR_STREAM_PATH: [400, 'not a stream path: one to eight parts of A-Z a-z 0-9 _ . ~ -'],
  ERR_RELAY_URL: [400, "no plugin speaks 'file:'"],
  ERR_RELAY_RESOLVE: [400, 'camera.invalid has no address'],
  ERR_RELAY_TARGET: [403, '127.0.0.1 is not in relay.allow'],
  ...noRelay,
  ERR_RELAY_TOO_MANY: [503, 'there are as many as there may be'],
};
