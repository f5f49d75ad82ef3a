import { type LocatedStream, SluiceError, type Track, type TrackAcceptance } from '@sluice/core';
import { sdpFormat } from '@sluice/plugin-format-rtp';
import { type SdpTrack, writeSdp } from '../proto/sdp-write.js';
import { controlOf } from '../proto/stream-control.js';
import { payloadTypeOf } from './rtp-form.js';

/** What a viewer over RTP can be sent, for those who ask what that is going to be. */
export const rtpOutput: TrackAcceptance = { accepts: (track) => sdpFormat(track) !== undefined };

/** The tracks that RTP can carry. */
export function describableTracks({ tracks }: LocatedStream): readonly Track[] {
  return tracks.filter((track) => rtpOutput.accepts(track));
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
