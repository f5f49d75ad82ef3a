/** The zone of every device where nothing else is configured: the standard's times are Beijing's, without saying so (GB/T 28181-2016 9.10). */
export const DEFAULT_TIME_ZONE = 'Asia/Shanghai';

const TIME = /^\s*(\d{4})-(\d{1,2})-(\d{1,2})[T ]\s*(\d{1,2}):(\d{1,2}):(\d{1,2})(?:[.,](\d{1,9}))?\s*(Z|[+-]\d{2}:?\d{2})?\s*$/i;

/** A longer text is no time; and the expression above looks at a run of blanks in every way it can be parted. */
const MAX_CHARACTERS = 64;

const formats = new Map<string, Intl.DateTimeFormat>();

/** True for a zone of the IANA data base that is known here. */
export function isTimeZone(name: string): boolean {
  try {
    return formatOf(name) !== undefined;
  } catch {
    return false;
  }
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const kept = formats.get(timeZone);
  if (kept !== undefined) return kept;
  const two = '2-digit';
  const options = { timeZone, hourCycle: 'h23', year: 'numeric', month: two, day: two, hour: two, minute: two, second: two } as const;
  const format = new Intl.DateTimeFormat('en-US', options);
  formats.set(timeZone, format);
  return format;
}

/** How far local time is ahead of UTC at an instant, in milliseconds. */
function offsetMs(ms: number, timeZone: string): number {
  const part = new Map(
    formatOf(timeZone)
      .formatToParts(ms)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const of = (type: Intl.DateTimeFormatPartTypes) => part.get(type) ?? 0;
  return Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second')) - Math.floor(ms / 1000) * 1000;
}

/** `YYYY-MM-DDTHH:mm:ss` in a zone, which is not named: how MANSCDP writes times. `ms` since 1970. */
export function formatLocalTime(ms: number, timeZone = DEFAULT_TIME_ZONE): string {
  return formatLocalTimeMs(ms, timeZone).slice(0, 19);
}

/** `YYYY-MM-DDTHH:mm:ss.SSS` in a zone: how the Date header has it, by which devices set their clocks. */
export function formatLocalTimeMs(ms: number, timeZone = DEFAULT_TIME_ZONE): string {
  return new Date(ms + offsetMs(ms, timeZone)).toISOString().slice(0, 23);
}

/**
 * Reads a time of a device, in milliseconds since 1970; undefined where it is none. A zone that is written (`Z`, `+08:00`) counts, else it is the
 * device's own; a space may stand for the `T`.
 */
export function parseLocalTime(text: string, timeZone = DEFAULT_TIME_ZONE): number | undefined {
  const match = text.length > MAX_CHARACTERS ? null : TIME.exec(text);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 24 || minute > 59 || second > 60) return undefined;
  const local = Date.UTC(year, month - 1, day, hour, minute, second) + Number((match[7] ?? '').padEnd(3, '0').slice(0, 3));
  const zone = match[8];
  if (zone !== undefined) return local - writtenOffsetMs(zone);
  // Twice, since the offset is that of the instant looked for.
  return local - offsetMs(local - offsetMs(local, timeZone), timeZone);
}

function writtenOffsetMs(zone: string): number {
  if (/^z$/i.test(zone)) return 0;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(-2))];
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}
