import type { Cancel, Clock } from '@sluice/core';
import type { SipTarget } from '@sluice/plugin-sip/service';
import type { PeerProfile } from '../proto/profile.js';

const SWEEP_MS = 1000;
/** Devices refresh at the very end of their registration; their REGISTER needs time to arrive. */
const EXPIRY_GRACE_MS = 5000;

/** A device that is online. */
export interface OnlineDevice {
  readonly id: string;
  readonly profile: PeerProfile;
  /** Where it was last seen. */
  readonly target: SipTarget;
}

/** Why a device went offline. */
export type OfflineReason = 'unregistered' | 'expired' | 'keepalive' | 'disconnected' | 'moved' | 'shutdown';

/** How to keep watch. */
export interface PresenceOptions {
  readonly clock: Clock;
  readonly keepaliveSeconds: number;
  readonly keepaliveMissed: number;
  readonly onOnline: (device: OnlineDevice) => void;
  readonly onOffline: (id: string, reason: OfflineReason) => void;
}

interface Entry extends OnlineDevice {
  profile: PeerProfile;
  target: SipTarget;
  expiresAtMs: number;
  grantedMs: number;
  seenAtMs: number;
}

/** True where a request may be from the same device: same transport and address, whatever the port. */
export function samePlace(a: SipTarget, b: SipTarget): boolean {
  return a.transport === b.transport && a.address === b.address;
}

/** Who is online: until the registration expires or keepalives stay out (GB/T 28181-2016 9.6), whichever is first. */
export class Presence {
  readonly #options: PresenceOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #byConnection = new Map<string, string>();
  readonly #cancel: Cancel;

  constructor(options: PresenceOptions) {
    this.#options = options;
    this.#cancel = options.clock.every(SWEEP_MS, () => this.#sweep());
  }

  online(id: string): OnlineDevice | undefined {
    return this.#entries.get(id);
  }

  /** The device behind a TCP connection. */
  onConnection(connection: string): OnlineDevice | undefined {
    return this.#entries.get(this.#byConnection.get(connection) ?? '');
  }

  /** A device registered. The newest place wins: what ran at another address ends. */
  register(id: string, target: SipTarget, profile: PeerProfile, grantedMs: number): void {
    const now = this.#options.clock.now();
    const known = this.#entries.get(id);
    if (known !== undefined && !samePlace(known.target, target)) this.leave(id, 'moved');
    const entry = this.#entries.get(id);
    if (entry !== undefined) {
      this.#follow(entry, target);
      Object.assign(entry, { profile, grantedMs, expiresAtMs: now + grantedMs, seenAtMs: now });
      return;
    }
    const fresh: Entry = { id, profile, target, grantedMs, expiresAtMs: now + grantedMs, seenAtMs: now };
    this.#entries.set(id, fresh);
    if (target.connection !== undefined) this.#byConnection.set(target.connection, id);
    this.#options.onOnline(fresh);
  }

  /** A device that registered with an earlier process: it is online, and nobody is told. Its keepalives are waited for from now on. */
  restore(id: string, target: SipTarget, profile: PeerProfile, registration: { readonly grantedMs: number; readonly leftMs: number }): void {
    const now = this.#options.clock.now();
    const { grantedMs, leftMs } = registration;
    this.#entries.set(id, { id, profile, target, grantedMs, expiresAtMs: now + leftMs, seenAtMs: now });
  }

  /** More is known of a device now. */
  describe(id: string, profile: PeerProfile): void {
    const entry = this.#entries.get(id);
    if (entry !== undefined) entry.profile = profile;
  }

  /** A keepalive of a registered device, from a place that was found plausible. */
  keepalive(id: string, source: SipTarget): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    const now = this.#options.clock.now();
    entry.seenAtMs = now;
    if (entry.profile.keepaliveRenews) entry.expiresAtMs = now + entry.grantedMs;
    this.#follow(entry, source);
  }

  leave(id: string, reason: OfflineReason): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.delete(id);
    this.#forgetConnection(entry);
    this.#options.onOffline(id, reason);
  }

  /** A TCP connection ended: a device whose signalling it was is offline (GB/T 28181-2022 9.1.1). */
  connectionClosed(connection: string): void {
    const id = this.#byConnection.get(connection);
    if (id !== undefined) this.leave(id, 'disconnected');
  }

  close(): void {
    this.#cancel();
  }

  #follow(entry: Entry, target: SipTarget): void {
    if (entry.target.connection !== target.connection) {
      this.#forgetConnection(entry);
      if (target.connection !== undefined) this.#byConnection.set(target.connection, entry.id);
    }
    entry.target = target;
  }

  #forgetConnection(entry: Entry): void {
    const { connection } = entry.target;
    if (connection !== undefined && this.#byConnection.get(connection) === entry.id) this.#byConnection.delete(connection);
  }

  #sweep(): void {
    const { clock, keepaliveSeconds, keepaliveMissed } = this.#options;
    const now = clock.now();
    const silentMs = keepaliveSeconds * keepaliveMissed * 1000;
    for (const entry of [...this.#entries.values()]) {
      if (now - entry.seenAtMs >= silentMs) this.leave(entry.id, 'keepalive');
      else if (now >= entry.expiresAtMs + EXPIRY_GRACE_MS) this.leave(entry.id, 'expired');
    }
  }
}
