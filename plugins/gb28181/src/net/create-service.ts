import type { Gb28181Service } from '../service.js';
import { findChannel, onlineDevice } from './channels.js';
import type { Control } from './control.js';
import type { Devices } from './devices.js';
import type { Live } from './live.js';
import type { Playbacks } from './playbacks.js';
import type { Presence } from './presence.js';
import type { Queries } from './queries.js';
import { listRecords, readPeriod } from './records.js';

/** What the service is made of. */
export interface ServiceParts {
  readonly devices: Devices;
  readonly presence: Presence;
  readonly queries: Queries;
  readonly live: Live;
  readonly playbacks: Playbacks;
  readonly control: Control;
}

/** The service as others see it. */
export function createService({ devices, presence, queries, live, playbacks, control }: ServiceParts): Gb28181Service {
  const told = async (id: string, tell: (playback: ReturnType<Playbacks['get']>) => Promise<void>) => {
    const playback = playbacks.get(id);
    await tell(playback);
    return playback.info();
  };
  return {
    devices: () => devices.list((id) => presence.online(id) !== undefined),
    channels: (id) => devices.channels(id, presence.online(id) !== undefined),
    refreshCatalog: async (id) => {
      devices.record(id);
      return queries.catalog(onlineDevice(presence, id));
    },
    play: (channelId, options) => live.play(channelId, options),
    stop: (channelId, options) => live.stop(channelId, options),
    ptz: async (channelId, move, options = {}) => {
      const channel = findChannel(devices, channelId, options.device);
      await control.ptz(onlineDevice(presence, channel.deviceId), channelId, move);
    },
    records: async (channelId, period, options = {}) => {
      const asked = readPeriod(period);
      const channel = findChannel(devices, channelId, options.device);
      return listRecords(queries, onlineDevice(presence, channel.deviceId), channelId, asked);
    },
    playback: (channelId, options) => playbacks.start(channelId, options),
    playbackInfo: (id) => playbacks.get(id).info(),
    pausePlayback: (id) => told(id, (playback) => playback.pause()),
    resumePlayback: (id) => told(id, (playback) => playback.resume()),
    seekPlayback: (id, positionSeconds) => told(id, (playback) => playback.seek(positionSeconds)),
    speedPlayback: (id, speed) => told(id, (playback) => playback.speed(speed)),
    endPlayback: (id) => playbacks.remove(id),
  };
}
