import { messageOf, type PluginContext } from '@sluice/core';
import { readAlarm } from '../proto/alarm.js';
import { parseLocalTime } from '../proto/local-time.js';
import type { Manscdp } from '../proto/manscdp.js';
import type { Log } from './log.js';
import type { Outbox } from './outbox.js';
import type { OnlineDevice } from './presence.js';

/** What alarms work with. */
export interface AlarmsOptions {
  readonly outbox: Outbox;
  readonly log: Log;
  readonly report: PluginContext['report'];
}

/** Alarms that devices send, asked for or not: reported, and answered as the standard wants (GB/T 28181-2016 9.4). */
export class Alarms {
  readonly #options: AlarmsOptions;

  constructor(options: AlarmsOptions) {
    this.#options = options;
  }

  /** An alarm, whose 200 is sent already. */
  receive(device: OnlineDevice, message: Manscdp): void {
    const { outbox, log, report } = this.#options;
    const { time, ...alarm } = readAlarm(message.element);
    const timeMs = time === undefined ? undefined : parseLocalTime(time, device.profile.timeZone);
    const source = message.deviceId === '' ? device.id : message.deviceId;
    report('gb28181.alarm', { device: device.id, source, ...(timeMs === undefined ? {} : { time: new Date(timeMs).toISOString() }), ...alarm });
    if (!device.profile.alarmResponse) return;
    const answer = { root: 'Response', cmdType: 'Alarm', sn: message.sn ?? outbox.nextSn(), deviceId: source, fields: [['Result', 'OK']] } as const;
    // The device that speaks is answered, whatever part of it the alarm is about.
    outbox
      .send(device, answer, device.id)
      .catch((error: unknown) => log.debug({ device: device.id, error: messageOf(error) }, 'the answer to an alarm was not taken'));
  }
}
