import { Buffer } from 'node:buffer';
import type { Depacketizer, DepacketizerCounters, DepacketizerSink } from './depacketizer.js';
import type { RtpPacket } from './packet.js';

/** Sound where each packet is an access unit of its own: G.711 (RFC 3551 4.5.14), Opus (RFC 7587 4.2). */
export class PacketAudioDepacketizer implements Depacketizer {
  readonly counters: DepacketizerCounters = { accessUnits: 0, damaged: 0, malformed: 0 };
  readonly #sink: DepacketizerSink;

  constructor(sink: DepacketizerSink) {
    this.#sink = sink;
  }

  push({ payload, timestamp }: RtpPacket): void {
    if (payload.length === 0) return;
    this.counters.accessUnits++;
    // Copied: what leaves here is kept in rings, and must not keep a chunk of the network alive.
    this.#sink.accessUnit({ units: [Buffer.from(payload)], timestamp, complete: true });
  }

  lost(): void {
    // Nothing is under way between packets.
  }

  finish(): void {
    // Nothing is held.
  }

  reset(): void {
    // Nothing is held.
  }
}
