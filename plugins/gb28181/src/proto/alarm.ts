import { childOf, textOf, type XmlElement } from './xml.js';

/** An alarm as a device sends it (GB/T 28181-2016 annex A.2.5). Left out where it was not said. */
export interface Alarm {
  /** 1 (most) to 4. */
  readonly priority?: number;
  /** 1 phone, 2 device, 3 SMS, 4 GPS, 5 video, 6 device fault, 7 other. */
  readonly method?: number;
  /** By method: 2 device: 1 video lost, 2 tamper …; 5 video: 2 motion, 5 tripwire, 6 intrusion … */
  readonly type?: number;
  /** Of an intrusion: 1 enter, 2 leave. */
  readonly eventType?: number;
  /** As the device wrote it. */
  readonly time?: string;
  readonly description?: string;
  readonly longitude?: number;
  readonly latitude?: number;
}

const MAX_TEXT = 1024;

function numberIn(element: XmlElement | undefined, name: string): number | undefined {
  const text = element === undefined ? '' : textOf(element, name);
  const value = Number(text);
  return text === '' || !Number.isFinite(value) ? undefined : value;
}

function wordIn(element: XmlElement, name: string): string | undefined {
  return textOf(element, name).slice(0, MAX_TEXT) || undefined;
}

/** Reads `Notify/Alarm`. */
export function readAlarm(notify: XmlElement): Alarm {
  const info = childOf(notify, 'Info');
  const parameters = info === undefined ? undefined : childOf(info, 'AlarmTypeParam');
  const found = {
    priority: numberIn(notify, 'AlarmPriority'),
    method: numberIn(notify, 'AlarmMethod'),
    // 2016 devices put it beside the method.
    type: numberIn(info, 'AlarmType') ?? numberIn(notify, 'AlarmType'),
    eventType: numberIn(parameters, 'EventType') ?? numberIn(info, 'EventType'),
    time: wordIn(notify, 'AlarmTime'),
    description: wordIn(notify, 'AlarmDescription'),
    longitude: numberIn(notify, 'Longitude'),
    latitude: numberIn(notify, 'Latitude'),
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}
