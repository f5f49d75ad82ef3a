import { type PluginContext, type ServiceToken, service } from '@sluice/core';
import type { Gb28181Service } from '@sluice/plugin-gb28181/service';
import { z } from 'zod';
import { notAvailable } from '../errors.js';
import { type FailureCases, idParams, withoutPlugin } from './schemas.js';

/** By name only: the API loads no GB28181 where nobody wants it. */
const gb28181: ServiceToken<Gb28181Service> = service<Gb28181Service>('gb28181');

/** The plugin, looked for at each request: 404 `ERR_NOT_AVAILABLE` where it is not loaded. */
export function findGb28181(ctx: PluginContext): Gb28181Service {
  const found = ctx.find(gb28181);
  if (found === undefined) throw notAvailable('gb28181');
  return found;
}

/** `:id` of a device, a channel or a playback. */
export const deviceParams = idParams('34020000001320000001');
export const channelParams = idParams('34020000001310000001');
export const playbackParams = idParams('01JX6D2QK4');

/** `?device=` of calls that name a channel. */
export const channelChoice = z.strictObject({
  device: z.string().min(1).max(128).optional().describe('which device, where two share the channel id'),
});

/** The device of a query, where it names one. */
export function deviceOf(query: { readonly device?: string | undefined }): { device?: string } {
  return query.device === undefined ? {} : { device: query.device };
}

/** How a device is asked to send. */
export const mediaOptions = {
  transport: z.enum(['udp', 'tcp-passive', 'tcp-active']).exactOptional().describe('how the device shall send'),
  port: z.enum(['single', 'range']).exactOptional().describe('the shared port, or one of its own'),
  stream: z.int().min(0).max(15).exactOptional().describe('which stream of the channel: 0 main, 1 sub'),
};

export const noGb28181: FailureCases = withoutPlugin('gb28181');
export const noDevice: FailureCases = { ...noGb28181, ERR_GB28181_DEVICE_UNKNOWN: [404, 'no device 34020000001320000009'] };
/** What a device that is asked may do. */
export const deviceFailures: FailureCases = {
  ERR_GB28181_OFFLINE: [502, 'device 34020000001320000001 is offline'],
  ERR_GB28181_REFUSED: [502, 'the device refused INVITE: 486 Busy Here'],
  ERR_GB28181_SILENT: [504, 'the device did not answer INVITE'],
};
/** The same, of a channel. */
export const channelFailures: FailureCases = {
  ...noGb28181,
  ERR_GB28181_CHANNEL_UNKNOWN: [404, 'no channel 34020000001310000009'],
  ERR_GB28181_CHANNEL_AMBIGUOUS: [409, 'two devices have the channel 34020000001310000001: say ?device='],
  ...deviceFailures,
};
/** Where no media comes after all. */
export const mediaFailures: FailureCases = {
  ERR_GB28181_FULL: [503, 'too many streams'],
  ERR_GB28181_NO_MEDIA: [504, 'the device accepted and sent nothing'],
};
