import type { ReportKind } from './reports.js';

/** A report on its way to cc. */
export interface QueuedReport {
  /** The same on every retry. */
  readonly id: string;
  readonly kind: ReportKind;
  /** Reports of one lane arrive in order. */
  readonly lane: string;
  readonly body: string;
  /** Tries that failed. */
  failures: number;
}

/** Bounds and waits of a queue. */
export interface ReportQueueOptions {
  readonly maxReports: number;
  readonly maxBytes: number;
  readonly retryIntervalMs: number;
  readonly maxRetryIntervalMs: number;
}

interface Entry {
  readonly report: QueuedReport;
  readonly seq: number;
}

interface Lane {
  readonly entries: Entry[];
  /** Its first report is being sent. */
  busy: boolean;
  notBeforeMs: number;
}

/** Reports waiting for cc: in order per lane, a failed one holds up its own lane only, and however long cc is down the memory is bounded. */
export class ReportQueue {
  readonly #options: ReportQueueOptions;
  readonly #lanes = new Map<string, Lane>();
  #seq = 0;
  #bytes = 0;
  #size = 0;
  #dropped = 0;

  constructor(options: ReportQueueOptions) {
    this.#options = options;
  }

  /** Reports in it, those being sent as well. */
  get size(): number {
    return this.#size;
  }
  /** Bytes of their bodies. */
  get bytes(): number {
    return this.#bytes;
  }
  /** Reports that were given up for want of room. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Adds a report; for want of room the oldest goes, flow reports before others: their totals are in the next one. */
  push(report: QueuedReport): void {
    let lane = this.#lanes.get(report.lane);
    if (lane === undefined) {
      lane = { entries: [], busy: false, notBeforeMs: Number.NEGATIVE_INFINITY };
      this.#lanes.set(report.lane, lane);
    }
    lane.entries.push({ report, seq: this.#seq++ });
    this.#size++;
    this.#bytes += report.body.length;
    const { maxReports, maxBytes } = this.#options;
    while ((this.#size > maxReports || this.#bytes > maxBytes) && this.#dropOldest()) this.#dropped++;
  }

  /** The next report that may be sent now; it is to be given back by `done` or `failed`. */
  take(nowMs: number): QueuedReport | undefined {
    for (const lane of this.#lanes.values()) {
      if (lane.busy || lane.notBeforeMs > nowMs) continue;
      lane.busy = true;
      return lane.entries[0]?.report;
    }
    return undefined;
  }

  /** When `take` will have something, where it has nothing now; `undefined` where only the ends of running ones are waited for. */
  dueMs(): number | undefined {
    let due: number | undefined;
    for (const { busy, notBeforeMs } of this.#lanes.values()) if (!busy && (due === undefined || notBeforeMs < due)) due = notBeforeMs;
    return due;
  }

  /** It arrived, or is given up. */
  done(report: QueuedReport): void {
    const lane = this.#lanes.get(report.lane);
    if (lane?.entries[0]?.report !== report) return;
    lane.busy = false;
    lane.notBeforeMs = Number.NEGATIVE_INFINITY;
    this.#remove(report.lane, lane, 0);
  }

  /** It did not arrive: its lane waits, twice as long each time, half of it by chance (`random` 0 up to 1). */
  failed(report: QueuedReport, nowMs: number, random: number): void {
    const lane = this.#lanes.get(report.lane);
    if (lane?.entries[0]?.report !== report) return;
    report.failures++;
    const { retryIntervalMs, maxRetryIntervalMs } = this.#options;
    const waitMs = Math.min(maxRetryIntervalMs, retryIntervalMs * 2 ** Math.min(30, report.failures - 1));
    lane.busy = false;
    lane.notBeforeMs = nowMs + Math.round(waitMs * (0.5 + random / 2));
  }

  #remove(name: string, lane: Lane, at: number): void {
    const [entry] = lane.entries.splice(at, 1);
    if (entry === undefined) return;
    this.#size--;
    this.#bytes -= entry.report.body.length;
    if (lane.entries.length === 0) this.#lanes.delete(name);
  }

  /** False where only reports that are being sent are left. */
  #dropOldest(): boolean {
    let oldest: { name: string; lane: Lane; at: number; seq: number; isFlow: boolean } | undefined;
    for (const [name, lane] of this.#lanes) {
      const at = lane.busy ? 1 : 0;
      const entry = lane.entries[at];
      if (entry === undefined) continue;
      const isFlow = entry.report.kind === 'flow';
      if (oldest === undefined || (isFlow && !oldest.isFlow) || (isFlow === oldest.isFlow && entry.seq < oldest.seq)) {
        oldest = { name, lane, at, seq: entry.seq, isFlow };
      }
    }
    if (oldest === undefined) return false;
    this.#remove(oldest.name, oldest.lane, oldest.at);
    return true;
  }
}
