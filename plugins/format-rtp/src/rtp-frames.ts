import type { Frame, TrackKind } from '@sluice/core';
import type { RtpPacket } from './packet.js';
import type { RtpClock } from './rtp-clock.js';

/** Where frames of a payload go. */
export interface RtpFramesSink {
  frame(frame: Frame): void;
  /** Media that no codec here knows. Told once for each codec. */
  unsupported(codec: string): void;
}

/** Makes frames of a stream of bytes that has tracks and times of its own. `PsFrames` and `TsFrames` of format-mpeg are such. */
export interface SystemDemuxer {
  readonly counts: { readonly refused: number; readonly skipped: number };
  readonly demuxed: { readonly damaged: number; readonly packs?: number; readonly packets?: number };
  readonly announced: readonly TrackKind[];
  /** The next bytes; `fallbackTicks` is the time of the packet, in 90 kHz, for bytes that tell none. */
  push(bytes: Buffer, fallbackTicks: number): void;
  /** Bytes are missing before the next ones. */
  lost(): void;
  /** The last bytes ended a picture, says the marker. */
  hint(): void;
  finish(): void;
}

/** By encoding: PS, MP2T. */
export type SystemDemuxers = Readonly<Record<string, new (sink: RtpFramesSink, options: { readonly maxAccessUnitBytes?: number }) => SystemDemuxer>>;

/** How packets are made into frames. */
export interface RtpFramesOptions {
  /** Default: one of its own, so that the first unit is put where it arrived. Not used by PS and MP2T, which have times of their own. */
  readonly clock?: RtpClock;
  /** Default 8 MiB. */
  readonly maxAccessUnitBytes?: number;
  /** For byte streams in RTP, which are left out without: `{ PS: PsFrames, MP2T: TsFrames }` of format-mpeg. */
  readonly demuxers?: SystemDemuxers;
  /** Default: 0 for video, 1 for audio. Not used by PS and MP2T. */
  readonly trackId?: number;
}

/** What was left out. */
export interface RtpFrameCounts {
  /** Access units dropped for missing or broken bytes. */
  readonly damaged: number;
  /** Access units a codec could not read. */
  readonly refused: number;
  /** Pictures between a loss and the next key frame. */
  readonly skipped: number;
}

/** Packets of one payload type, in order, are made into frames. */
export interface RtpFrames {
  readonly counts: RtpFrameCounts;
  /** Kinds that the payload says will come. */
  readonly announced: readonly TrackKind[];
  /** Something of what it should be was found. */
  readonly recognised: boolean;
  /** Views of packets are kept after `push`: who overwrites them gives copies (`ownPacket`). */
  readonly keepsPackets: boolean;
  /** `arrivedMs`: time since the session began, for payloads whose times have any beginning. */
  push(packet: RtpPacket, arrivedMs: number): void;
  /** Packets are missing before the next one. */
  lost(): void;
  /** Another sender, or the same from the start: times begin anew too. */
  restart(): void;
  /** No more comes: gives out what is whole. */
  finish(): void;
}
