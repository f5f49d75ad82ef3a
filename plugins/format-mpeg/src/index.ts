export type { AccessUnit, AccessUnitSink } from './access-unit.js';
export { crc32Mpeg2 } from './crc.js';
export type { MuxTimes } from './elementary.js';
export type { PesTimes } from './media-time.js';
export { type PesHeader, parsePesHeader } from './pes.js';
export {
  type ProgramFrameCounts,
  type ProgramFrameCounts as PsFrameCounts,
  type ProgramFramesOptions,
  type ProgramFramesSink,
  type ProgramFramesSink as PsFramesSink,
  PS_CLOCK_RATE,
} from './program-frames.js';
export { codecOfStreamType, type MappedStream, type ProgramStreamMap, parseProgramStreamMap } from './program-stream-map.js';
export { type PsCounts, PsDemuxer, type PsDemuxerOptions } from './ps-demuxer.js';
export { PsFrames, type PsFramesOptions } from './ps-frames.js';
export { PsMuxer, type PsMuxerOptions } from './ps-muxer.js';
export { MAX_PES_PAYLOAD, serializePackHeader, serializePes, serializeProgramStreamMap, serializeSystemHeader } from './ps-writer.js';
export { TS_PACKET_BYTES, type TsCounts, TsDemuxer, type TsDemuxerOptions } from './ts-demuxer.js';
export { TsFrames, type TsFramesOptions } from './ts-frames.js';
export { TsMuxer, type TsMuxerOptions } from './ts-muxer.js';
