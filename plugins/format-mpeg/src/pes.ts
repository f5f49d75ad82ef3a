/** What a PES packet's header says. Times are 33 bits of 90 kHz, as on the wire. */
export interface PesHeader {
  /** Bytes from the start code to the payload. */
  readonly bytes: number;
  readonly pts?: number;
  readonly dts?: number;
}

/** More bytes are needed to tell. */
export const MORE = 'more';
/** The bytes are not what they should be. */
export const BAD = 'bad';

/** Bytes of start code, stream id and length. */
export const PES_START_BYTES = 6;

/** Parses the header of the PES packet at `offset`: that of MPEG-2 (ISO/IEC 13818-1 2.4.3.6) or MPEG-1 (ISO/IEC 11172-1 2.4.3.3). */
export function parsePesHeader(data: Buffer, offset = 0): PesHeader | typeof MORE | typeof BAD {
  const flagsAt = offset + PES_START_BYTES;
  if (flagsAt >= data.length) return MORE;
  if (((data[flagsAt] as number) & 0xc0) !== 0x80) return parseMpeg1(data, offset);
  if (flagsAt + 3 > data.length) return MORE;
  const headerDataLength = data[flagsAt + 2] as number;
  const bytes = PES_START_BYTES + 3 + headerDataLength;
  if (offset + bytes > data.length) return MORE;
  const timeFlags = (data[flagsAt + 1] as number) >> 6;
  if (timeFlags >= 2 && headerDataLength >= 5) return withTimes(data, flagsAt + 3, bytes, timeFlags === 3 && headerDataLength >= 10);
  return { bytes };
}

function parseMpeg1(data: Buffer, offset: number): PesHeader | typeof MORE | typeof BAD {
  let at = offset + PES_START_BYTES;
  for (let stuffing = 0; data[at] === 0xff; at++) if (++stuffing > 16) return BAD;
  if (at < data.length && ((data[at] as number) & 0xc0) === 0x40) at += 2; // STD_buffer_scale, STD_buffer_size
  if (at >= data.length) return MORE;
  const flags = data[at] as number;
  if (flags === 0x0f) return { bytes: at + 1 - offset };
  const both = flags >> 4 === 3;
  if (!both && flags >> 4 !== 2) return BAD;
  const end = at + (both ? 10 : 5);
  return end > data.length ? MORE : withTimes(data, at, end - offset, both);
}

function withTimes(data: Buffer, at: number, bytes: number, both: boolean): PesHeader {
  const pts = readTime(data, at);
  return both ? { bytes, pts, dts: readTime(data, at + 5) } : { bytes, pts };
}

/** 33 bits with marker bits between; these are not checked, as some senders leave them 0. */
function readTime(data: Buffer, at: number): number {
  const high = ((data[at] as number) >> 1) & 7;
  return high * 2 ** 30 + (data.readUInt16BE(at + 1) >> 1) * 2 ** 15 + (data.readUInt16BE(at + 3) >> 1);
}
