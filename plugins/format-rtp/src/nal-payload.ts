import { splitAnnexB } from '@sluice/plugin-codec-nal';

/** Where the NAL units of a payload go, in order. */
export interface NalPayloadSink {
  /** A whole NAL unit. */
  unit(view: Buffer): void;
  /** A part of one. `header` is its own NAL header, made anew; it counts only at the start. */
  fragment(header: Buffer, data: Buffer, start: boolean, end: boolean): void;
  /** Something that cannot be read. */
  malformed(): void;
}

/**
 * How a payload begins: with a picture's first slice, with another unit that stands in front of a picture (`later`: one that has others in
 * front of it, as a PPS has an SPS), or with neither.
 */
export type Beginning = 'slice' | 'other' | 'later' | undefined;

/** An RTP payload format of NAL units. */
export interface NalPayload {
  read(payload: Buffer, sink: NalPayloadSink): void;
  /** Whether the payload begins with a unit that begins an access unit, once a slice went before. */
  begins(payload: Buffer): Beginning;
  isSlice(unit: Buffer): boolean;
}

/** Bytes of the start code in front of an Annex B unit, which some senders leave in; 0 where there is none. */
export function startCodeBytes(payload: Buffer): number {
  if (payload.length < 4 || payload[0] !== 0 || payload[1] !== 0) return 0;
  if (payload[2] === 1) return 3;
  return payload[2] === 0 && payload[3] === 1 ? 4 : 0;
}

/** A unit, or several where the sender left Annex B start codes in. */
export function readUnits(payload: Buffer, sink: NalPayloadSink): void {
  if (startCodeBytes(payload) === 0) sink.unit(payload);
  else for (const unit of splitAnnexB(payload)) sink.unit(unit);
}
