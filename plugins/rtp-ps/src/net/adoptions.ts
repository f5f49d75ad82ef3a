import { formatAddress, plainAddress } from '@sluice/core';
import { Flows } from '../proto/flows.js';
import type { Origin } from '../proto/unknown-ssrcs.js';
import type { MediaSource } from '../service.js';
import type { Lease } from './lease.js';
import { WaitingLeases } from './waiting-leases.js';

/** The exact SSRC is waited for so long after the sender's answer until another one will do. */
const EXACT_MS = 1000;
/** After so much silence a sender of datagrams may have got another port (NAT). */
const MOVED_MS = 1000;

/** A lease that takes another SSRC than its own, from one place. */
interface Adoption {
  readonly lease: Lease;
  readonly ssrc: number;
  readonly address: string;
  port: number;
  lastMs: number;
}

/**
 * Devices that send another SSRC than they were told (0, or any): known by where their answer says they send from. Only on the shared port;
 * a stream of before, whose BYE was lost or whose last packets are under way, is never taken for one that is waited for.
 */
export class Adoptions {
  readonly #waiting = new WaitingLeases();
  readonly #bySsrc = new Map<number, Adoption[]>();
  readonly #byLease = new Map<Lease, Adoption>();
  readonly #flows = new Flows();
  readonly #isGiven: (ssrc: number) => boolean;

  /** `isGiven`: SSRCs that are somebody's, or were until lately. */
  constructor(isGiven: (ssrc: number) => boolean) {
    this.#isGiven = isGiven;
  }

  /** Whether an SSRC is taken for another one. */
  has(ssrc: number): boolean {
    return this.#bySsrc.has(ssrc);
  }

  /** A lease waits for its SSRC. */
  wait(lease: Lease, nowMs: number): void {
    if (this.#waiting.get(lease) !== undefined || this.#byLease.has(lease)) return;
    this.#waiting.set({ lease, openedMs: nowMs, sources: undefined, answeredMs: nowMs });
  }

  /** Its sender answered, and sends from one of these. */
  expect(lease: Lease, sources: readonly MediaSource[], nowMs: number): void {
    const waiting = this.#waiting.get(lease);
    if (waiting === undefined) return;
    const plain = sources.map((source) => ({ ...source, address: plainAddress(source.address) }));
    this.#waiting.set({ ...waiting, sources: plain, answeredMs: nowMs });
  }

  /** Its own SSRC came, or it is over: it takes no other any more. True where it did. */
  end(lease: Lease, nowMs: number): boolean {
    this.#waiting.delete(lease);
    const adoption = this.#byLease.get(lease);
    if (adoption === undefined) return false;
    const { ssrc, address, port } = adoption;
    this.#byLease.delete(lease);
    const others = (this.#bySsrc.get(ssrc) ?? []).filter((other) => other !== adoption);
    if (others.length > 0) this.#bySsrc.set(ssrc, others);
    else this.#bySsrc.delete(ssrc);
    this.#flows.leave(ssrc, formatAddress(address, port), nowMs);
    return true;
  }

  /** The lease that takes this SSRC from there. */
  find(ssrc: number, address: string, port: number, nowMs: number): Lease | undefined {
    const adoptions = this.#bySsrc.get(ssrc);
    if (adoptions === undefined) return undefined;
    for (const adoption of adoptions) {
      if (adoption.port !== port || adoption.address !== address) continue;
      adoption.lastMs = nowMs;
      return adoption.lease;
    }
    return undefined;
  }

  /** As `find`, for RTCP: it may come from another port. */
  ofAddress(ssrc: number, address: string): Lease | undefined {
    return this.#onlyFrom(ssrc, address)?.lease;
  }

  /** Whose an SSRC is that belongs to nobody: a lease, nobody's, or maybe soon that of a lease that waits (`later`). */
  adopt(ssrc: number, origin: Origin, nowMs: number): Lease | 'later' | undefined {
    const beganMs = this.#flows.note(ssrc, origin.remote, nowMs);
    const waiting = this.#waiting.of(origin);
    if (waiting === undefined) return this.#moved(ssrc, origin, nowMs);
    if (waiting === 'several' || waiting.sources === undefined || nowMs - waiting.answeredMs < EXACT_MS) return 'later';
    if (beganMs < waiting.openedMs || this.#isGiven(ssrc)) return 'later';
    const { lease } = waiting;
    const adoption: Adoption = { lease, ssrc, address: origin.address, port: origin.remotePort, lastMs: nowMs };
    this.#waiting.delete(lease);
    this.#byLease.set(lease, adoption);
    this.#bySsrc.set(ssrc, [...(this.#bySsrc.get(ssrc) ?? []), adoption]);
    return lease;
  }

  /** Its sender has another port now, or another connection. */
  #moved(ssrc: number, { transport, address, remotePort }: Origin, nowMs: number): Lease | undefined {
    const adoption = this.#onlyFrom(ssrc, address);
    if (adoption === undefined) return undefined;
    const { lease, lastMs } = adoption;
    if (transport === 'udp' ? nowMs - lastMs < MOVED_MS : lease.isAttached) return undefined;
    adoption.port = remotePort;
    adoption.lastMs = nowMs;
    return lease;
  }

  #onlyFrom(ssrc: number, address: string): Adoption | undefined {
    const there = this.#bySsrc.get(ssrc)?.filter((adoption) => adoption.address === address);
    return there?.length === 1 ? there[0] : undefined;
  }
}
