import type { Alarm } from './proto/alarm.js';

/** Report events of this plugin. */
declare module '@sluice/core' {
  interface ReportEvents {
    'gb28181.device.online': { readonly id: string; readonly transport: 'udp' | 'tcp'; readonly remote: string };
    'gb28181.device.offline': {
      readonly id: string;
      /** `unregistered`, `expired`, `keepalive`, `disconnected`, `moved` or `shutdown`. */
      readonly reason: string;
    };
    /** A device raised an alarm (GB/T 28181-2016 9.4). Left out where it did not say. */
    'gb28181.alarm': {
      readonly device: string;
      /** Id of what raised it: an alarm input, a channel, or the device itself. */
      readonly source: string;
      /** ISO 8601 UTC. */
      readonly time?: string;
    } & Omit<Alarm, 'time'>;
  }
}

export type { Alarm };
