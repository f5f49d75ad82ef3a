/** packet_start_code_prefix, and that of NAL units too. */
export const START_CODE = Buffer.from([0, 0, 1]);
/** pack_start_code. */
export const PACK_START = Buffer.from([0, 0, 1, 0xba]);

/** stream_id values with a meaning of their own (ISO/IEC 13818-1 tables 2-22 and 2-39). */
export const StreamId = { end: 0xb9, pack: 0xba, systemHeader: 0xbb, programStreamMap: 0xbc, private1: 0xbd, padding: 0xbe, private2: 0xbf } as const;

/** The lowest stream id. NAL unit headers are below 0x80 (forbidden_zero_bit), so their start codes never look like one. */
export const FIRST_STREAM_ID = 0xb9;

/** True for the ids of MPEG audio. */
export function isAudioId(id: number): boolean {
  return id >= 0xc0 && id <= 0xdf;
}

/** True for the ids of MPEG video. */
export function isVideoId(id: number): boolean {
  return id >= 0xe0 && id <= 0xef;
}

/** How many bytes at the end of `data` may be the beginning of a start code: 0 to 3. */
export function openTail(data: Buffer, offset: number): number {
  const length = data.length - offset;
  if (length >= 3 && data[data.length - 1] === 1 && data[data.length - 2] === 0 && data[data.length - 3] === 0) return 3;
  if (length >= 1 && data[data.length - 1] === 0) return length >= 2 && data[data.length - 2] === 0 ? 2 : 1;
  return 0;
}
