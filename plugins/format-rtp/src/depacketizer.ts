import type { RtpPacket } from './packet.js';

/** One access unit out of RTP. */
export interface DepacketizedUnit {
  /** Video: NAL units without framing. Audio: one access unit. Views of one buffer that nothing else uses. */
  readonly units: readonly Buffer[];
  /** RTP time stamp, unsigned 32 bits, in ticks of the format's clock. */
  readonly timestamp: number;
  /** False where parts are missing; torn NAL units are left out. */
  readonly complete: boolean;
}

/** Where access units go. */
export interface DepacketizerSink {
  accessUnit(unit: DepacketizedUnit): void;
  /** AAC: the AudioSpecificConfig, from `a=fmtp` or in band. Told before the first unit and on each change. */
  configuration?(config: Buffer): void;
}

/** Limits of a depacketiser. */
export interface DepacketizerOptions {
  /** Largest access unit in bytes; a larger one is dropped and counted as damaged. Default 8 MiB. */
  readonly maxAccessUnitBytes?: number;
}

/** What a depacketiser saw. */
export interface DepacketizerCounters {
  /** Given out, whole or not. */
  accessUnits: number;
  /** Access units that were not whole, those dropped altogether too. */
  damaged: number;
  /** Payloads or parts of them that could not be read. */
  malformed: number;
}

/** Takes RTP packets of one format in order and gives access units. Never throws for what packets hold. */
export interface Depacketizer {
  readonly counters: Readonly<DepacketizerCounters>;
  push(packet: RtpPacket): void;
  /** Packets before the next one are missing. */
  lost(): void;
  /** The stream is over: gives out what is still held. */
  finish(): void;
  /** Forgets everything under way: another sender, or the same begins anew. */
  reset(): void;
}

/** Largest access unit where no limit is given. */
export const MAX_ACCESS_UNIT_BYTES = 8 * 1024 * 1024;
