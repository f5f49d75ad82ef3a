export type { AccessUnit, AccessUnitSink } from './access-unit.js';
export type { PesTimes } from './media-time.js';
export { type PesHeader, parsePesHeader } from './pes.js';
export { codecOfStreamType, type MappedStream, type ProgramStreamMap, parseProgramStreamMap } from './program-stream-map.js';
export { type PsCounts, PsDemuxer, type PsDemuxerOptions } from './ps-demuxer.js';
export { PS_CLOCK_RATE, type PsFrameCounts, PsFrames, type PsFramesOptions, type PsFramesSink } from './ps-frames.js';
export { crc32Mpeg2, MAX_PES_PAYLOAD, serializePackHeader, serializePes, serializeProgramStreamMap } from './ps-writer.js';
