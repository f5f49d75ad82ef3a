import type { Frame, TrackKind } from '@sluice/core';
import type { RtpPacket } from '@sluice/plugin-format-rtp';

/** Where frames of a payload go. */
export interface PayloadSink {
  frame(frame: Frame): void;
  /** Media that no codec here knows. Told once for each codec. */
  unsupported(codec: string): void;
  /** Parameters that were told cannot be read; those in the stream are waited for. */
  unreadable(message: string): void;
  /** The payload is a vendor's own format, of which nothing can be made. */
  privatePayload(packet: RtpPacket): void;
}

/** What was left out. */
export interface PayloadCounts {
  /** Access units dropped for missing or broken bytes. */
  readonly damaged: number;
  /** Access units a codec could not read. */
  readonly refused: number;
  /** Pictures between a loss and the next key frame. */
  readonly skipped: number;
}

/** Packets of one payload type, in order, are made into frames. */
export interface PayloadInput {
  readonly counts: PayloadCounts;
  /** Kinds that the payload says will come. */
  readonly announced: readonly TrackKind[];
  /** Something of what it should be was found. */
  readonly recognised: boolean;
  /** `atMs`: time since the receiver began, for payloads whose times have any beginning. */
  push(packet: RtpPacket, atMs: number): void;
  /** Bytes are missing before the next packet. */
  lost(): void;
  /** Another sender, or the same from the start: times begin anew too. */
  restart(): void;
}
