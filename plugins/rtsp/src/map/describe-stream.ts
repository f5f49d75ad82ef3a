import { type LocatedStream, SluiceError, type Track } from '@sluice/core';
import { sdpFormat } from '@sluice/plugin-format-rtp';
import { type SdpTrack, writeSdp } from '../proto/sdp-write.js';
import { controlOf } from '../proto/stream-control.js';
import { payloadTypeOf } from './rtp-form.js';

/** The tracks that RTP can carry. */
export function describableTracks({ tracks }: LocatedStream): readonly Track[] {
  return tracks.filter((track) => sdpFormat(track) !== undefined);
}

/** The session description of a stream. Throws 415 where nothing of it can be sent. */
export function describeStream(stream: LocatedStream): string {
  const tracks = describableTracks(stream).flatMap((track) => describeTrack(track));
  if (tracks.length === 0) throw new SluiceError('ERR_RTSP_SDP', `nothing of ${stream.path} can be sent as RTP`, { plugin: 'rtsp', status: 415 });
  return writeSdp({ name: stream.path, tracks });
}

function describeTrack(track: Track): SdpTrack[] {
  const format = sdpFormat(track);
  if (format === undefined || track.kind === 'data') return [];
  const { rtpmap, fmtp } = format;
  return [{ kind: track.kind, payloadType: payloadTypeOf(track), rtpmap, ...(fmtp === undefined ? {} : { fmtp }), control: controlOf(track.id) }];
}
