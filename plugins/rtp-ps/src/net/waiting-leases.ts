import type { Origin } from '../proto/unknown-ssrcs.js';
import type { MediaSource } from '../service.js';
import type { Lease } from './lease.js';

/** A lease that has not got its own SSRC yet. */
export interface Waiting {
  readonly lease: Lease;
  readonly openedMs: number;
  readonly sources: readonly MediaSource[] | undefined;
  readonly answeredMs: number;
}

/** Leases that wait, found by where their senders are: strangers' packets come by the thousand, and so may leases. */
export class WaitingLeases {
  readonly #byLease = new Map<Lease, Waiting>();
  readonly #byAddress = new Map<string, Set<Waiting>>();

  get(lease: Lease): Waiting | undefined {
    return this.#byLease.get(lease);
  }

  /** Adds one, or takes the place of what was known of its lease. */
  set(waiting: Waiting): void {
    this.delete(waiting.lease);
    this.#byLease.set(waiting.lease, waiting);
    for (const address of addressesOf(waiting)) {
      const there = this.#byAddress.get(address);
      if (there === undefined) this.#byAddress.set(address, new Set([waiting]));
      else there.add(waiting);
    }
  }

  delete(lease: Lease): void {
    const waiting = this.#byLease.get(lease);
    if (waiting === undefined) return;
    this.#byLease.delete(lease);
    for (const address of addressesOf(waiting)) {
      const there = this.#byAddress.get(address);
      there?.delete(waiting);
      if (there?.size === 0) this.#byAddress.delete(address);
    }
  }

  /** The one that waits for a sender there. Of several the one whose sender named the very port. */
  of(origin: Origin): Waiting | 'several' | undefined {
    const all = [...(this.#byAddress.get(origin.address) ?? [])].filter((waiting) => mayBe(waiting, origin));
    if (all.length <= 1) return all[0];
    const named = origin.transport === 'udp' ? all.filter(({ sources }) => sources?.some(({ port }) => port === origin.remotePort)) : [];
    return named.length === 1 ? named[0] : 'several';
  }
}

/** Before its answer a sender is known by its signalling. */
function addressesOf({ lease, sources }: Waiting): Set<string> {
  if (sources !== undefined) return new Set(sources.map(({ address }) => address));
  return new Set(lease.remoteHint === undefined ? [] : [lease.remoteHint]);
}

/** Of one that is found by its address. */
function mayBe({ lease, sources }: Waiting, { transport, address, remotePort }: Origin): boolean {
  if (lease.transport !== (transport === 'udp' ? 'udp' : 'tcp-passive')) return false;
  if (sources === undefined) return true;
  return sources.some((from) => from.address === address && (transport === 'tcp' || from.port === undefined || from.port === remotePort));
}
