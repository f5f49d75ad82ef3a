import type { Frame } from '@sluice/core';

/** How packets are made. */
export interface PacketizerOptions {
  /** 0 to 127. */
  readonly payloadType: number;
  readonly ssrc: number;
  /** Largest payload in bytes, without the RTP header. Default 1400, which fits Ethernet; 64 to 65523. */
  readonly maxPayload?: number;
  /** Bytes left free before each packet, for framing of one's own, as the `$` head of RFC 2326 10.12. Default 0. */
  readonly headroom?: number;
  /** Of the first packet; should be random (RFC 3550 5.1). Default 0. */
  readonly sequence?: number;
  /** Added to all time stamps; should be random (RFC 3550 5.1). Default 0. */
  readonly timestampOffset?: number;
}

/** Where packets go. `WireOutput` of core is one. */
export interface RtpPacketSink {
  /**
   * The packets of one frame, back to back in a buffer that nobody writes to afterwards but the receiver, into the headroom. `ends` are the
   * offsets at which packets end: each begins, with its headroom, where the one before ends.
   */
  append(bytes: Buffer, ends: readonly number[]): void;
}

/** Makes RTP packets of the frames of one track. */
export interface RtpPacketizer {
  /** As in `a=rtpmap`: H264, H265, MPEG4-GENERIC, … */
  readonly encoding: string;
  /** Hertz of the time stamps. */
  readonly clockRate: number;
  readonly payloadType: number;
  readonly ssrc: number;
  /** Sequence number of the next packet. */
  readonly sequence: number;
  /** Packets made so far, for sender reports. */
  readonly packets: number;
  /** Bytes of payload made so far, for sender reports. */
  readonly octets: number;
  /** The RTP time stamp of a time in ticks of the track's clock. */
  timestampAt(ticks: number, trackClockRate: number): number;
  /** Writes the packets of a frame, copying its data once. Nothing is given where the frame holds nothing to send. */
  packetize(frame: Frame, out: RtpPacketSink): void;
}

/** Largest payload where no limit is given. */
export const MAX_RTP_PAYLOAD = 1400;
