export { type DeframerOptions, type DeframerSink, Rfc4571Deframer } from './deframer.js';
export { frameRfc4571 } from './framing.js';
export { isRtcp, parseRtp, RTP_HEADER_BYTES, type RtpExtension, type RtpFault, type RtpPacket, serializeRtp, tryParseRtp } from './packet.js';
export { type ReorderCounts, type ReorderOptions, type ReorderSink, ReorderWindow } from './reorder-window.js';
