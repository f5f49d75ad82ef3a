import type { Clock, Transport } from '@sluice/core';
import { hostPort } from './runtime.js';

const KEEP_MS = 60_000;
const MAX_KEPT = 1024;

/** Knows what peers are told of where we are, and asks the system for it once a minute and peer at most. */
export class LocalAddresses {
  readonly #transport: Transport;
  readonly #clock: Clock;
  readonly #port: number;
  readonly #advertise: string | undefined;
  readonly #kept = new Map<string, { readonly address: string; readonly untilMs: number }>();

  constructor(transport: Transport, clock: Clock, port: number, advertise: string | undefined) {
    this.#transport = transport;
    this.#clock = clock;
    this.#port = port;
    this.#advertise = advertise === undefined ? undefined : withPort(advertise, port);
  }

  /** `host:port` for Via and Contact towards a peer. */
  async for(address: string): Promise<string> {
    if (this.#advertise !== undefined) return this.#advertise;
    const kept = this.#kept.get(address);
    if (kept !== undefined && this.#clock.now() < kept.untilMs) return hostPort(kept.address, this.#port);
    const local = await this.#transport.localAddressFor(address);
    this.#kept.delete(address);
    this.#kept.set(address, { address: local, untilMs: this.#clock.now() + KEEP_MS });
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MAX_KEPT && oldest !== undefined) this.#kept.delete(oldest);
    return hostPort(local, this.#port);
  }
}

/** `HOST[:PORT]` with the port filled in. */
function withPort(advertise: string, port: number): string {
  const hasPort = /^(\[[^\]]+\]|[^:]+):\d+$/.test(advertise);
  return hasPort ? advertise : hostPort(advertise, port);
}
