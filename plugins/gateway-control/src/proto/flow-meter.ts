import type { FlowEntry } from './reports.js';

/** What a channel counted so far. */
export interface FlowCounts {
  readonly bytes: number;
  readonly packets: number;
  readonly lost: number;
}

/** Who a channel is, in flow reports. */
export type FlowOwner = Pick<FlowEntry, 'channelId' | 'streamId' | 'ssrc'>;

const NOTHING: FlowCounts = { bytes: 0, packets: 0, lost: 0 };
/** Channels that ended between two reports. */
const MAX_ENDED = 10_000;

/** Makes of running totals what came since the last report; the rest of channels that ended goes into the next one. */
export class FlowMeter {
  readonly #told = new Map<string, FlowCounts>();
  #ended: FlowEntry[] = [];

  /** A channel is over. */
  end(owner: FlowOwner, counts: FlowCounts): void {
    if (this.#ended.length < MAX_ENDED) this.#ended.push(this.#entry(owner, counts));
    this.#told.delete(owner.channelId);
  }

  /** The entries of a report. */
  report(channels: Iterable<readonly [FlowOwner, FlowCounts]>): FlowEntry[] {
    const entries = this.#ended;
    this.#ended = [];
    for (const [owner, counts] of channels) {
      entries.push(this.#entry(owner, counts));
      this.#told.set(owner.channelId, counts);
    }
    return entries;
  }

  #entry({ channelId, streamId, ssrc }: FlowOwner, { bytes, packets, lost }: FlowCounts): FlowEntry {
    const told = this.#told.get(channelId) ?? NOTHING;
    // A late packet takes back a loss that was told of.
    return { channelId, streamId, ssrc, bytes: bytes - told.bytes, totalBytes: bytes, packets: packets - told.packets, lost: Math.max(0, lost - told.lost) };
  }
}
