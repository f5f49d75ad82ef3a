import type { Reports } from '../hooks/reports.js';
import type { SessionRecord } from './session-record.js';

/** Tells what sessions sent or received: every so often, and when they end. */
export class TrafficMeter {
  readonly #reports: Reports;
  readonly #intervalMs: number;

  constructor(reports: Reports, intervalSeconds: number) {
    this.#reports = reports;
    this.#intervalMs = intervalSeconds * 1000;
  }

  /** Reports where the interval is over since the session's last report, or its beginning: each session has its own turn. */
  check(record: SessionRecord, nowMs: number): void {
    if (this.#intervalMs === 0) return;
    record.reportedMs ??= nowMs;
    if (nowMs - record.reportedMs < this.#intervalMs) return;
    record.reportedMs = nowMs;
    this.#report(record, false);
  }

  /** The last report of a session. */
  end(record: SessionRecord): void {
    this.#report(record, true);
  }

  #report(record: SessionRecord, final: boolean): void {
    const bytesTotal = record.bytes;
    const bytesDelta = bytesTotal - record.reportedBytes;
    record.reportedBytes = bytesTotal;
    this.#reports.report('traffic.report', { path: record.stream, session: record.info(), bytesDelta, bytesTotal, final });
  }
}
