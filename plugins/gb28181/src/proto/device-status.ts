import { textOf, type XmlElement } from './xml.js';

/** How a device says it is (GB/T 28181-2016 annex A.2.6). Left out where it was not said. */
export interface DeviceStatus {
  readonly online?: boolean;
  readonly ok?: boolean;
  readonly reason?: string;
  readonly encoding?: boolean;
  readonly recording?: boolean;
  /** Its clock, as it wrote it. */
  readonly deviceTime?: string;
}

const YES = new Set(['ok', 'on', 'online', '1', 'true']);

/** Reads `Response/DeviceStatus`. */
export function readDeviceStatus(response: XmlElement): DeviceStatus {
  const text = (name: string) => textOf(response, name).slice(0, 256);
  const flag = (name: string) => (text(name) === '' ? undefined : YES.has(text(name).toLowerCase()));
  const found = {
    online: flag('Online'),
    ok: flag('Status'),
    reason: text('Reason') || undefined,
    encoding: flag('Encode'),
    recording: flag('Record'),
    deviceTime: text('DeviceTime') || undefined,
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}
