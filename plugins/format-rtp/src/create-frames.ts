import { ElementaryFrames } from './elementary-frames.js';
import type { RtpFormat } from './rtp-format.js';
import type { RtpFrames, RtpFramesOptions, RtpFramesSink } from './rtp-frames.js';
import { SystemFrames } from './system-frames.js';

/**
 * What makes frames of the packets of a format: elementary streams, MPEG-PS, MPEG-TS; `undefined` where the format is not known here.
 * Throws a codec error for parameters in `a=fmtp` that cannot be read; without them the format may do.
 */
export function createRtpFrames(format: RtpFormat, sink: RtpFramesSink, options: RtpFramesOptions = {}): RtpFrames | undefined {
  const { encoding } = format;
  if (encoding === 'PS' || encoding === 'MP2T') return new SystemFrames(encoding, sink, options);
  return ElementaryFrames.create(format, sink, options);
}
