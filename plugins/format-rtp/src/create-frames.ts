import { ElementaryFrames } from './elementary-frames.js';
import type { RtpFormat } from './rtp-format.js';
import type { RtpFrames, RtpFramesOptions, RtpFramesSink } from './rtp-frames.js';
import { SystemFrames } from './system-frames.js';

/**
 * What makes frames of the packets of a format: elementary streams, and byte streams where `options.demuxers` has one for them; `undefined` where
 * the format is not known. Throws a codec error for parameters in `a=fmtp` that cannot be read; without them the format may do.
 */
export function createRtpFrames(format: RtpFormat, sink: RtpFramesSink, options: RtpFramesOptions = {}): RtpFrames | undefined {
  return SystemFrames.create(format.encoding, sink, options) ?? ElementaryFrames.create(format, sink, options);
}
