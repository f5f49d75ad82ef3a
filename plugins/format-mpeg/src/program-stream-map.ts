/** One elementary stream of a program stream map. */
export interface MappedStream {
  readonly streamType: number;
  readonly streamId: number;
}

/** A program stream map (ISO/IEC 13818-1 2.5.4). */
export interface ProgramStreamMap {
  /** 0 to 31. Devices count it up at each key frame: no sign of a change. */
  readonly version: number;
  readonly streams: readonly MappedStream[];
}

/**
 * Parses what follows the map's length field. Its own length is the bound: devices write wrong elementary_stream_map_lengths,
 * and CRCs of any byte order. Answers `undefined` where there is nothing to read.
 */
export function parseProgramStreamMap(body: Buffer): ProgramStreamMap | undefined {
  if (body.length < 10) return undefined;
  const version = (body[0] as number) & 0x1f;
  const end = body.length - 4;
  let at = 4 + body.readUInt16BE(2) + 2;
  const streams: MappedStream[] = [];
  while (at + 4 <= end) {
    streams.push({ streamType: body[at] as number, streamId: body[at + 1] as number });
    at += 4 + body.readUInt16BE(at + 2);
  }
  return streams.length === 0 ? undefined : { version, streams };
}

/** Codec names by stream_type (ISO/IEC 13818-1 table 2-34; GB/T 28181-2016 annex C; vendors). */
const CODECS: ReadonlyMap<number, string> = new Map([
  [0x01, 'mpeg1video'],
  [0x02, 'mpeg2video'],
  [0x03, 'mp3'],
  [0x04, 'mp3'],
  [0x0f, 'aac'],
  [0x10, 'mpeg4'],
  [0x11, 'aac-latm'],
  [0x1b, 'h264'],
  [0x24, 'h265'],
  [0x33, 'h266'],
  [0x80, 'svac'],
  [0x90, 'g711a'],
  [0x91, 'g711u'],
  [0x92, 'g722.1'],
  [0x93, 'g723.1'],
  [0x99, 'g729'],
  [0x9b, 'svac-audio'],
  [0x9c, 'opus'],
]);

/** The codec a stream_type stands for; `undefined` for unknown ones. */
export function codecOfStreamType(streamType: number): string | undefined {
  return CODECS.get(streamType);
}

const AUDIO = new Set(['mp3', 'aac', 'aac-latm', 'g711a', 'g711u', 'g722.1', 'g723.1', 'g729', 'svac-audio', 'opus']);

/** True for the codecs of sound. */
export function isAudioCodec(codec: string): boolean {
  return AUDIO.has(codec);
}
