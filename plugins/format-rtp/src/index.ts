export { codecOf, trackOptions } from './codec-formats.js';
export { createDepacketizer } from './create-depacketizer.js';
export { createRtpFrames } from './create-frames.js';
export { createPacketizer } from './create-packetizer.js';
export { DecodeTimes } from './decode-times.js';
export { type DeframerOptions, type DeframerSink, Rfc4571Deframer } from './deframer.js';
export type { DepacketizedUnit, Depacketizer, DepacketizerCounters, DepacketizerOptions, DepacketizerSink } from './depacketizer.js';
export { frameRfc4571 } from './framing.js';
export { type OutOfBandParameters, outOfBandParameters } from './out-of-band.js';
export { isRtcp, ownPacket, parseRtp, RTP_HEADER_BYTES, type RtpExtension, type RtpFault, type RtpPacket, serializeRtp, tryParseRtp } from './packet.js';
export type { PacketizerOptions, RtpPacketizer, RtpPacketSink } from './packetizer.js';
export { ReceiverStatistics, type ReceptionCounts } from './receiver-statistics.js';
export { type ReorderCounts, type ReorderOptions, type ReorderSink, ReorderWindow } from './reorder-window.js';
export {
  ntpFromUnixMs,
  parseRtcp,
  type RtcpDescribedSource,
  type RtcpGoodbye,
  type RtcpOther,
  type RtcpPacket,
  type RtcpReceiverReport,
  type RtcpReportBlock,
  type RtcpSenderReport,
  type RtcpSourceDescription,
  serializeGoodbye,
  serializeReceiverReport,
  serializeSenderReport,
  serializeSourceDescription,
  unixMsFromNtp,
} from './rtcp.js';
export { RtpClock, type RtpClockOptions } from './rtp-clock.js';
export {
  type ParsedRtpDumpRecord,
  type RtpDumpHeader,
  RtpDumpParser,
  type RtpDumpRecord,
  type RtpDumpSink,
  serializeRtpDumpHeader,
  serializeRtpDumpRecord,
} from './rtp-dump.js';
export { parseRtpFormat, type RtpFormat, staticRtpFormat } from './rtp-format.js';
export type { RtpFrameCounts, RtpFrames, RtpFramesOptions, RtpFramesSink, SystemDemuxer, SystemDemuxers } from './rtp-frames.js';
export { RtpSync } from './rtp-sync.js';
export { type SdpFormat, sdpFormat, serializeRtpFormat } from './sdp-format.js';
export { type SniffedPayload, sniffRtpPayload } from './sniff.js';
export { rtpFormatOf } from './track-format.js';
export { WallClock } from './wall-clock.js';
