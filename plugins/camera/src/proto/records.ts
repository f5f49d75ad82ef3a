import { localTime } from './local-time.js';

/** A recording on the device. Times in milliseconds since 1970. */
export interface RecordingSpan {
  readonly startMs: number;
  readonly endMs: number;
}

/** What a device has recorded. */
export interface RecordingRules {
  /** How far back, in hours. */
  readonly hours: number;
  /** Length of a file, in minutes; files begin at whole multiples of it. */
  readonly fileMinutes: number;
  readonly nowMs: number;
}

/** The recordings of a range, oldest first: files end to end, the first and the last one as they are. */
export function recordingsIn(fromMs: number, toMs: number, { hours, fileMinutes, nowMs }: RecordingRules): RecordingSpan[] {
  const fileMs = fileMinutes * 60_000;
  const firstMs = Math.max(fromMs, nowMs - hours * 3_600_000);
  const endMs = Math.min(toMs, nowMs);
  const spans: RecordingSpan[] = [];
  for (let startMs = Math.floor(firstMs / fileMs) * fileMs; startMs < endMs; startMs += fileMs) {
    spans.push({ startMs, endMs: Math.min(startMs + fileMs, nowMs) });
  }
  return spans;
}

/** Name of a recording's file. */
export function recordingPath(channelId: string, { startMs }: RecordingSpan): string {
  return `/record/${channelId}/${localTime(startMs).replaceAll(/[-:]/g, '')}.ps`;
}
