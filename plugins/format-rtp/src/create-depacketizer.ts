import type { Depacketizer, DepacketizerOptions, DepacketizerSink } from './depacketizer.js';
import { H264_PAYLOAD } from './h264-payload.js';
import { createH265Payload } from './h265-payload.js';
import { LatmDepacketizer } from './latm-depacketizer.js';
import { Mpeg4GenericDepacketizer } from './mpeg4-generic-depacketizer.js';
import { NalDepacketizer } from './nal-depacketizer.js';
import { PacketAudioDepacketizer } from './packet-audio-depacketizer.js';
import type { RtpFormat } from './rtp-format.js';

/** A depacketiser for the format, or `undefined` where none is known (PS and MP2T are byte streams: see `createRtpFrames`). */
export function createDepacketizer(format: RtpFormat, sink: DepacketizerSink, options: DepacketizerOptions = {}): Depacketizer | undefined {
  switch (format.encoding) {
    case 'H264':
      return isInterleaved(format) ? undefined : new NalDepacketizer(H264_PAYLOAD, sink, options);
    case 'H265':
      return new NalDepacketizer(createH265Payload(format), sink, options);
    case 'MPEG4-GENERIC':
      return new Mpeg4GenericDepacketizer(format, sink, options);
    case 'MP4A-LATM':
      return new LatmDepacketizer(format, sink, options);
    case 'PCMA':
    case 'PCMU':
    case 'OPUS':
      return new PacketAudioDepacketizer(sink);
    default:
      return undefined;
  }
}

/**
 * Packetization mode 2 whose units come in another order than they are decoded (RFC 6184 8.1), which is not undone here. Who says mode 2 and
 * no depth sends in order, as some do who mean mode 1.
 */
function isInterleaved({ parameters }: RtpFormat): boolean {
  return parameters['packetization-mode'] === '2' && Number(parameters['sprop-interleaving-depth'] ?? 0) > 0;
}
