import { gbError } from '../errors.js';
import { isInvitable, nodeKind } from '../proto/ids.js';
import type { Devices } from './devices.js';
import type { OnlineDevice, Presence } from './presence.js';

/** A channel and the device that has it. */
export interface Channel {
  readonly deviceId: string;
  readonly channelId: string;
}

/**
 * The channel of an id, at a device where one is named. Throws ERR_GB28181_CHANNEL_UNKNOWN or ERR_GB28181_DEVICE_UNKNOWN (404), and
 * ERR_GB28181_CHANNEL_AMBIGUOUS (409) where several devices have it and none is named.
 */
export function findChannel(devices: Devices, channelId: string, deviceId: string | undefined): Channel {
  // A device that registered is what it is, whatever its id says.
  if (!isInvitable(nodeKind(channelId)) && !devices.known(channelId)) throw gbError('ERR_GB28181_CHANNEL_UNKNOWN', `${channelId} is no camera`);
  if (deviceId !== undefined) {
    devices.record(deviceId);
    // Before its catalog came any channel of the device may be there.
    if (devices.hasCatalog(deviceId) && !devices.hasChannel(deviceId, channelId))
      throw gbError('ERR_GB28181_CHANNEL_UNKNOWN', `device ${deviceId} has no channel ${channelId}`);
    return { deviceId, channelId };
  }
  const [owner, ...others] = devices.owners(channelId);
  if (owner === undefined) throw gbError('ERR_GB28181_CHANNEL_UNKNOWN', `no device has a channel ${channelId}`);
  if (others.length > 0)
    throw gbError('ERR_GB28181_CHANNEL_AMBIGUOUS', `channel ${channelId} is at several devices: ${[owner, ...others].join(', ')}; name one of them`);
  return { deviceId: owner, channelId };
}

/** Throws ERR_GB28181_OFFLINE. */
export function onlineDevice(presence: Presence, deviceId: string): OnlineDevice {
  const device = presence.online(deviceId);
  if (device === undefined) throw gbError('ERR_GB28181_OFFLINE', `device ${deviceId} is offline`);
  return device;
}
