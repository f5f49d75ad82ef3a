import type { Buffer } from 'node:buffer';
import { RTP_HEADER_BYTES } from '@sluice/plugin-format-rtp';

/** Where a player begins, of one track (RFC 2326 12.33). */
export interface Beginning {
  readonly ssrc: number;
  /** RTP time of one and the same moment in all tracks. */
  readonly timestamp: number;
}

const FRAME_HEAD_BYTES = 4;
const SENDER_REPORT = 200;
/** Header, SSRC and sender information (RFC 3550 6.4.1). */
const SENDER_REPORT_BYTES = 28;
/** Frames that are looked at for the first packets of all tracks. */
const MAX_FRAMES = 4096;

/** Calls `visit` with each interleaved frame of whole ones, until it answers false. `start` and `end` are those of the payload in `bytes`. */
export function eachFrame(bytes: Buffer, visit: (channel: number, start: number, end: number) => boolean): boolean {
  for (let at = 0; at + FRAME_HEAD_BYTES <= bytes.length; ) {
    const start = at + FRAME_HEAD_BYTES;
    const end = start + bytes.readUInt16BE(at + 2);
    if (!visit(bytes[at + 1] as number, start, end)) return false;
    at = end;
  }
  return true;
}

/** What the first pieces for a player tell of a track: its sender report, and its first packet. */
interface Seen {
  report?: { readonly ssrc: number; readonly timestamp: number };
  firstTimestamp?: number;
}

function look(pieces: readonly Buffer[], channels: ReadonlySet<number>): ReadonlyMap<number, Seen> {
  const seen = new Map<number, Seen>([...channels].map((channel) => [channel, {}]));
  let missing = channels.size;
  let frames = 0;
  for (const bytes of pieces) {
    const goesOn = eachFrame(bytes, (channel, start, end) => {
      const ofRtp = seen.get(channel);
      const ofRtcp = seen.get(channel - 1);
      if (ofRtp !== undefined && ofRtp.firstTimestamp === undefined && end - start >= RTP_HEADER_BYTES) {
        ofRtp.firstTimestamp = bytes.readUInt32BE(start + 4);
        missing--;
      } else if (ofRtcp !== undefined && ofRtcp.report === undefined && end - start >= SENDER_REPORT_BYTES && bytes[start + 1] === SENDER_REPORT) {
        ofRtcp.report = { ssrc: bytes.readUInt32BE(start + 4), timestamp: bytes.readUInt32BE(start + 16) };
      }
      return missing > 0 && ++frames < MAX_FRAMES;
    });
    if (!goesOn) break;
  }
  return seen;
}

/**
 * Where a player begins, by RTP channel, as told by the bytes that it is given first: the form's sender reports, which are all of one moment, and packets.
 * `clockRates` are those of the channels. Tracks without a report are left out.
 */
export function beginningsOf(pieces: readonly Buffer[], clockRates: ReadonlyMap<number, number>): ReadonlyMap<number, Beginning> {
  const seen = look(pieces, new Set(clockRates.keys()));
  const seconds = earliest(seen, clockRates);
  const beginnings = new Map<number, Beginning>();
  for (const [channel, clockRate] of clockRates) {
    const report = seen.get(channel)?.report;
    if (report === undefined) continue;
    const timestamp = (report.timestamp + Math.round(seconds * clockRate)) >>> 0;
    beginnings.set(channel, { ssrc: report.ssrc, timestamp });
  }
  return beginnings;
}

/** How far the earliest of the first packets is from the reports, in seconds: players take what is older than the beginning for a mistake. */
function earliest(seen: ReadonlyMap<number, Seen>, clockRates: ReadonlyMap<number, number>): number {
  let seconds: number | undefined;
  for (const [channel, { report, firstTimestamp }] of seen) {
    if (report === undefined || firstTimestamp === undefined) continue;
    const own = ((firstTimestamp - report.timestamp) | 0) / (clockRates.get(channel) ?? 1);
    seconds = Math.min(seconds ?? own, own);
  }
  return seconds ?? 0;
}
