import { type PluginContext, type ServiceToken, service } from '@sluice/core';
import type { Gb28181Service } from '@sluice/plugin-gb28181/service';
import { z } from 'zod';
import { notAvailable } from '../errors.js';

/** By name only: the API loads no GB28181 where nobody wants it. */
const gb28181: ServiceToken<Gb28181Service> = service<Gb28181Service>('gb28181');

/** The plugin, looked for at each request: 404 `ERR_NOT_AVAILABLE` where it is not loaded. */
export function findGb28181(ctx: PluginContext): Gb28181Service {
  const found = ctx.find(gb28181);
  if (found === undefined) throw notAvailable('gb28181');
  return found;
}

/** `:id` of a device, channel or playback. */
export const idParams = z.object({ id: z.string().min(1).max(128) });

/** `?device=` of calls that name a channel. */
export const channelChoice = z.object({ device: z.string().min(1).max(128).optional().describe('which device, where two share the channel id') });

/** The device of a query, where it names one. */
export function deviceOf(query: { readonly device?: string | undefined }): { device?: string } {
  return query.device === undefined ? {} : { device: query.device };
}
