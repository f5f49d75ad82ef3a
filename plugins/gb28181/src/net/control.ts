import { messageOf } from '@sluice/core';
import { gbError } from '../errors.js';
import { moveBytes, type PtzMove, serializePtz } from '../proto/ptz.js';
import type { Log } from './log.js';
import type { Outbox } from './outbox.js';
import type { OnlineDevice } from './presence.js';

/** Commands to devices that are not answered but by their 200 (GB/T 28181-2016 9.3). */
export class Control {
  readonly #outbox: Outbox;
  readonly #log: Log;

  constructor(outbox: Outbox, log: Log) {
    this.#outbox = outbox;
    this.#log = log;
  }

  /** Moves a camera; all zeros stop it. Throws ERR_GB28181_RANGE for what is not in -1 … 1. */
  async ptz(device: OnlineDevice, channelId: string, move: PtzMove): Promise<void> {
    for (const value of [move.pan, move.tilt, move.zoom])
      if (!(value >= -1 && value <= 1)) throw gbError('ERR_GB28181_RANGE', 'pan, tilt and zoom are -1 to 1');
    await this.#send(device, channelId, 'PTZCmd', serializePtz(moveBytes(move)));
  }

  /** Asks for a key frame; a device that does not know how is left alone. */
  keyFrame(device: OnlineDevice, channelId: string): void {
    this.#send(device, channelId, device.profile.keyFrameCommand, 'Send').catch((error: unknown) =>
      this.#log.debug({ device: device.id, channel: channelId, error: messageOf(error) }, 'no key frame was asked for'),
    );
  }

  #send(device: OnlineDevice, channelId: string, name: string, value: string): Promise<void> {
    return this.#outbox.send(device, { root: 'Control', cmdType: 'DeviceControl', sn: this.#outbox.nextSn(), deviceId: channelId, fields: [[name, value]] });
  }
}
