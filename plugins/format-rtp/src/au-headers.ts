import { BitReader, OutOfBytesError } from '@sluice/core';
import type { RtpFormat } from './rtp-format.js';

/** One entry of the AU header section (RFC 3640 3.2.1). */
export interface AuHeader {
  /** Bytes of the whole access unit, or of this part. */
  readonly size: number;
  /** Access units left out before this one, which come interleaved elsewhere. */
  readonly indexDelta: number;
}

/** The lengths of the fields, which only SDP tells (RFC 3640 4.1). */
export interface AuHeaderLayout {
  readonly sizeBits: number;
  readonly indexBits: number;
  readonly indexDeltaBits: number;
  readonly ctsDeltaBits: number;
  readonly dtsDeltaBits: number;
  readonly hasRandomAccess: boolean;
  readonly streamStateBits: number;
  readonly auxiliarySizeBits: number;
  /** Bytes of each access unit where sizes are not sent. */
  readonly constantSize: number;
}

const LENGTHS = { sizelength: 0, indexlength: 0, indexdeltalength: 0 };
/** Mode AAC-hbr (RFC 3640 3.3.6): what everybody sends, also those who do not say so. */
const HBR = { sizelength: 13, indexlength: 3, indexdeltalength: 3 };
/** Mode AAC-lbr (RFC 3640 3.3.5). */
const LBR = { sizelength: 6, indexlength: 2, indexdeltalength: 2 };

/** Access units of a packet: far more than anybody puts into one. */
const MAX_HEADERS = 1024;

export function auHeaderLayout({ parameters }: RtpFormat): AuHeaderLayout {
  const mode = (parameters.mode ?? '').toLowerCase();
  const constantSize = number(parameters.constantsize, 0, 0xffff);
  const isTold = 'sizelength' in parameters || constantSize > 0;
  const base = mode === 'aac-lbr' ? LBR : mode === 'aac-hbr' || !isTold ? HBR : LENGTHS;
  return {
    sizeBits: number(parameters.sizelength, base.sizelength, 32),
    indexBits: number(parameters.indexlength, base.indexlength, 32),
    indexDeltaBits: number(parameters.indexdeltalength, base.indexdeltalength, 32),
    ctsDeltaBits: number(parameters.ctsdeltalength, 0, 32),
    dtsDeltaBits: number(parameters.dtsdeltalength, 0, 32),
    hasRandomAccess: parameters.randomaccessindication === '1',
    streamStateBits: number(parameters.streamstateindication, 0, 32),
    auxiliarySizeBits: number(parameters.auxiliarydatasizelength, 0, 32),
    constantSize,
  };
}

function number(text: string | undefined, fallback: number, max: number): number {
  const value = text === undefined || text === '' ? Number.NaN : Number(text);
  return Number.isInteger(value) && value >= 0 && value <= max ? value : fallback;
}

/** Where the data of a payload begins, and what is in it; `undefined` where it cannot be read. */
export function parseAuHeaders(payload: Buffer, layout: AuHeaderLayout): { readonly headers: readonly AuHeader[]; readonly dataAt: number } | undefined {
  if (!hasHeaders(layout)) return withoutHeaders(payload, layout);
  if (payload.length < 2) return undefined;
  const bitCount = payload.readUInt16BE(0);
  const end = 2 + ((bitCount + 7) >> 3);
  if (bitCount === 0 || end > payload.length) return undefined;
  const bits = new BitReader(payload.subarray(2, end));
  const headers: AuHeader[] = [];
  try {
    for (let before = -1; bits.position < bitCount && bits.position > before; ) {
      before = bits.position;
      headers.push(readHeader(bits, layout, headers.length === 0));
      if (headers.length > MAX_HEADERS) return undefined;
    }
  } catch (error) {
    // Bits that make no whole header are padding.
    if (!(error instanceof OutOfBytesError)) throw error;
    if (headers.length === 0) return undefined;
  }
  return { headers, dataAt: skipAuxiliary(payload, end, layout) };
}

function withoutHeaders(payload: Buffer, layout: AuHeaderLayout): ReturnType<typeof parseAuHeaders> {
  const dataAt = skipAuxiliary(payload, 0, layout);
  const bytes = payload.length - dataAt;
  const size = layout.constantSize || bytes;
  const count = size === 0 ? 0 : Math.max(1, Math.floor(bytes / size));
  if (count > MAX_HEADERS) return undefined;
  return { headers: new Array<AuHeader>(count).fill({ size, indexDelta: 0 }), dataAt };
}

function hasHeaders(layout: AuHeaderLayout): boolean {
  const { sizeBits, indexBits, indexDeltaBits, ctsDeltaBits, dtsDeltaBits, streamStateBits } = layout;
  return sizeBits + indexBits + indexDeltaBits + ctsDeltaBits + dtsDeltaBits + streamStateBits > 0 || layout.hasRandomAccess;
}

function readHeader(bits: BitReader, layout: AuHeaderLayout, isFirst: boolean): AuHeader {
  const size = layout.sizeBits > 0 ? bits.bits(layout.sizeBits) : layout.constantSize;
  const indexDelta = isFirst ? 0 : bits.bits(layout.indexDeltaBits);
  if (isFirst) bits.bits(layout.indexBits);
  if (layout.ctsDeltaBits > 0 && bits.flag()) bits.bits(layout.ctsDeltaBits);
  if (layout.dtsDeltaBits > 0 && bits.flag()) bits.bits(layout.dtsDeltaBits);
  if (layout.hasRandomAccess) bits.bits(1);
  bits.bits(layout.streamStateBits);
  return { size, indexDelta };
}

/** RFC 3640 3.2.2. */
function skipAuxiliary(payload: Buffer, at: number, layout: AuHeaderLayout): number {
  if (layout.auxiliarySizeBits === 0) return at;
  const bits = new BitReader(payload.subarray(at));
  if (bits.left < layout.auxiliarySizeBits) return payload.length;
  const size = bits.bits(layout.auxiliarySizeBits);
  return Math.min(payload.length, at + Math.ceil((layout.auxiliarySizeBits + size) / 8));
}
