import { createFrame, type Frame } from '../media/frame.js';
import type { Track } from '../media/track.js';

/** A picture track of a made-up codec. */
export function testVideoTrack(change: Partial<Track> = {}): Track {
  return { id: 0, kind: 'video', codec: 'test-video', clockRate: 90_000, epoch: 0, parameters: undefined, info: { width: 64, height: 64 }, ...change };
}

/** A sound track of a made-up codec. */
export function testAudioTrack(change: Partial<Track> = {}): Track {
  return { id: 1, kind: 'audio', codec: 'test-audio', clockRate: 8000, epoch: 0, parameters: undefined, info: { sampleRate: 8000, channels: 1 }, ...change };
}

/** Frame number `index` of a track at `fps`, a key frame each `gop`; the index is in its bytes. */
export function testFrame(track: Track, index: number, { fps = 25, gop = 25, size = 100 } = {}): Frame {
  const bytes = Buffer.alloc(Math.max(4, size), index & 0xff);
  bytes.writeUInt32BE(index, 0);
  const dts = Math.round((index * track.clockRate) / fps);
  return createFrame(track, dts, dts, track.kind === 'audio' || index % gop === 0, [bytes]);
}
