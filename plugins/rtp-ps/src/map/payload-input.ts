import type { RtpFramesSink, RtpPacket } from '@sluice/plugin-format-rtp';

/** Where frames of a payload go, and what is found in it. */
export interface PayloadSink extends RtpFramesSink {
  /** Parameters that were told cannot be read; those in the stream are waited for. */
  unreadable(message: string): void;
  /** The payload is a vendor's own format, of which nothing can be made. */
  privatePayload(packet: RtpPacket): void;
}
