import { gbError } from '../errors.js';
import { toRecordInfo } from '../map/plain-data.js';
import { formatLocalTime } from '../proto/local-time.js';
import type { RecordItem } from '../proto/records.js';
import type { Period, RecordInfo, RecordsResult } from '../service.js';
import type { OnlineDevice } from './presence.js';
import type { Queries } from './queries.js';

const HOUR_MS = 3_600_000;
/** Queries for one period, where a device takes only short ones. */
const MAX_PIECES = 400;

/** A period in milliseconds since 1970, to the second. */
export interface PeriodMs {
  readonly startMs: number;
  readonly endMs: number;
}

function timeMs(value: string | number): number {
  return typeof value === 'number' ? value : Date.parse(value);
}

/** Throws ERR_GB28181_RANGE. */
export function readPeriod({ start, end }: Period): PeriodMs {
  const [fromMs, toMs] = [timeMs(start), timeMs(end)];
  if (!(fromMs >= 0 && toMs > fromMs)) throw gbError('ERR_GB28181_RANGE', 'a period needs a start and an end after it');
  // Devices know seconds only.
  return { startMs: Math.floor(fromMs / 1000) * 1000, endMs: Math.ceil(toMs / 1000) * 1000 };
}

/** Cuts a period into pieces that a device answers. */
function pieces({ startMs, endMs }: PeriodMs, hours: number | undefined): PeriodMs[] {
  if (hours === undefined || endMs - startMs <= hours * HOUR_MS) return [{ startMs, endMs }];
  const stepMs = hours * HOUR_MS;
  const count = Math.ceil((endMs - startMs) / stepMs);
  if (count > MAX_PIECES) throw gbError('ERR_GB28181_RANGE', `the device takes ${hours} hours at a time: at most ${MAX_PIECES * hours} hours`);
  return Array.from({ length: count }, (_, i) => ({ startMs: startMs + i * stepMs, endMs: Math.min(endMs, startMs + (i + 1) * stepMs) }));
}

/** The recordings of a channel, oldest first. What a device lists with times that are none is left out. */
export async function listRecords(queries: Queries, device: OnlineDevice, channelId: string, period: PeriodMs): Promise<RecordsResult> {
  const found = new Map<string, RecordItem>();
  let answers = 0;
  let expected = 0;
  let complete = true;
  const { recordQueryHours, timeZone } = device.profile;
  for (const { startMs, endMs } of pieces(period, recordQueryHours)) {
    const answer = await queries.records(device, channelId, formatLocalTime(startMs, timeZone), formatLocalTime(endMs, timeZone)).catch((error: unknown) => {
      // Better some of it than nothing.
      if (answers === 0) throw error;
      return undefined;
    });
    if (answer === undefined) {
      complete = false;
      break;
    }
    answers++;
    expected += answer.expected;
    complete &&= answer.complete;
    // A recording over the edge of two pieces is in both.
    for (const item of answer.items) found.set(`${item.startTime}|${item.endTime}|${item.filePath}|${item.stream}`, item);
  }
  const items = [...found.values()].map((item) => toRecordInfo(item, timeZone)).filter((item): item is RecordInfo => item !== undefined);
  items.sort((a, b) => (a.start < b.start ? -1 : a.start > b.start ? 1 : 0));
  return { items, expected, complete };
}
