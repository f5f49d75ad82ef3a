import type { Track } from '@sluice/core';
import { AAC_LAYOUT } from './aac-layout.js';
import { sampleLayout, WHOLE_UNIT_LAYOUT } from './audio-layouts.js';
import { FramePacketizer, type PayloadLayout } from './frame-packetizer.js';
import { H264_LAYOUT } from './h264-layout.js';
import { H265_LAYOUT } from './h265-layout.js';
import { NalLayout } from './nal-layout.js';
import type { PacketizerOptions, RtpPacketizer } from './packetizer.js';
import type { RtpFormat } from './rtp-format.js';
import { rtpFormatOf } from './track-format.js';

/**
 * A packetiser for a track, in the format that `rtpFormatOf` tells; `undefined` where there is none. It outlives changes of the track's
 * parameters, unless they change the clock rate.
 */
export function createPacketizer(track: Track, options: PacketizerOptions): RtpPacketizer | undefined {
  const format = rtpFormatOf(track);
  const layout = format === undefined ? undefined : layoutOf(format);
  return format === undefined || layout === undefined ? undefined : new FramePacketizer(format.encoding, format.clockRate, layout, options);
}

function layoutOf({ encoding, channels }: RtpFormat): PayloadLayout | undefined {
  switch (encoding) {
    case 'H264':
      return new NalLayout(H264_LAYOUT);
    case 'H265':
      return new NalLayout(H265_LAYOUT);
    case 'MPEG4-GENERIC':
      return AAC_LAYOUT;
    case 'PCMA':
    case 'PCMU':
      return sampleLayout(channels ?? 1);
    case 'OPUS':
      return WHOLE_UNIT_LAYOUT;
    default:
      return undefined;
  }
}
