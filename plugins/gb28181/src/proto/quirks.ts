import { z } from 'zod';

const pattern = z.string().min(1).max(256);

/** What a row may switch: parts of a peer's profile (`PeerProfile`). */
const switches = z.strictObject({
  charset: z.enum(['gb18030', 'gbk', 'utf-8']).exactOptional().describe('Charset of what is sent to it'),
  keepaliveRenews: z.boolean().exactOptional().describe('Its keepalives renew the registration'),
  laxAddress: z.boolean().exactOptional().describe('Its keepalives may come from another address'),
  keyFrameCommand: z.enum(['IFameCmd', 'IFrameCmd']).exactOptional().describe('How the order of a key frame is spelt'),
  streamAttribute: z.enum(['streamnumber', 'streamprofile', 'stream', 'streamMode']).exactOptional().describe('How an INVITE names the sub stream'),
  playbackVersion: z.enum(['MANSRTSP/1.0', 'RTSP/1.0']).exactOptional().describe('First line of playback control'),
  recordType: z.enum(['all', 'time', 'alarm', 'manual']).exactOptional().describe('Type of record queries'),
  recordQueryHours: z.number().min(1).max(8760).exactOptional().describe('Longest period of one record query, in hours'),
  mediaPort: z.enum(['single', 'range']).exactOptional().describe('range: it ignores the SSRC it is told, so that it needs a port of its own'),
  alarmResponse: z.boolean().exactOptional().describe('Whether its alarms are answered by a Response'),
});

/** A row: patterns of what a device says about itself, all of which must fit, and what is switched then. */
export const quirkRow = z
  .strictObject({
    manufacturer: pattern.exactOptional().describe('Of DeviceInfo; * is any text, ? any character, case does not count'),
    model: pattern.exactOptional().describe('Of DeviceInfo'),
    firmware: pattern.exactOptional().describe('Of DeviceInfo'),
    userAgent: pattern.exactOptional().describe('Header of its registration'),
    because: z.string().max(1024).exactOptional().describe('Why, and where that was seen'),
    set: switches.describe('What is different'),
  })
  .refine((row) => KEYS.some((key) => row[key] !== undefined), 'a row needs manufacturer, model, firmware or userAgent');

/** A table of rows, as `quirks.json` has it. */
export const quirkTable = z.strictObject({ $schema: z.string().exactOptional(), rows: z.array(quirkRow) });

/** A row of the table. */
export type QuirkRow = z.output<typeof quirkRow>;

/** What rows switch. */
export type QuirkSwitches = z.output<typeof switches>;

/** What a device says about itself; empty where it did not. */
export interface PeerFacts {
  readonly manufacturer: string;
  readonly model: string;
  readonly firmware: string;
  readonly userAgent: string;
}

const KEYS = ['manufacturer', 'model', 'firmware', 'userAgent'] as const;

/** Whether a text fits a pattern with `*` and `?`, whatever its case. In time linear in both but for one `*` at a time. */
export function fits(text: string, pattern: string): boolean {
  const [t, p] = [text.toLowerCase(), pattern.toLowerCase()];
  let [at, from, star, resume] = [0, 0, -1, 0];
  while (at < t.length) {
    if (p[from] === '*') {
      star = from++;
      resume = at;
    } else if (p[from] === '?' || p[from] === t[at]) {
      from++;
      at++;
    } else if (star >= 0) {
      from = star + 1;
      at = ++resume;
    } else return false;
  }
  while (p[from] === '*') from++;
  return from === p.length;
}

/** What the rows that fit a device switch together; later rows win. */
export function switchesFor(rows: readonly QuirkRow[], facts: PeerFacts): QuirkSwitches {
  const found = rows.filter((row) => KEYS.every((key) => row[key] === undefined || fits(facts[key], row[key])));
  return Object.assign({}, ...found.map(({ set }) => set));
}
