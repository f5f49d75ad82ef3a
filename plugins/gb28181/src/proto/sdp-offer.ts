import type { MediaTransport } from '../service.js';
import type { OfferedPayload, StreamAttribute } from './profile.js';

/** A recording that is asked for. */
export interface OfferedRecording {
  readonly kind: 'Playback' | 'Download';
  /** Seconds since 1970, UTC. */
  readonly start: number;
  readonly end: number;
  /** How many times faster than it was recorded; of downloads. */
  readonly downloadSpeed?: number;
}

/** What is asked for. */
export interface SdpOffer {
  readonly channelId: string;
  /** Where the media is to go. */
  readonly host: string;
  readonly port: number;
  readonly transport: MediaTransport;
  /** Ten digits. */
  readonly ssrc: string;
  readonly payloads: readonly OfferedPayload[];
  /** Instead of the live picture. */
  readonly recording?: OfferedRecording | undefined;
  /** 0 main, 1 sub; not said by default. */
  readonly stream?: number | undefined;
  /** How the stream is named. Default `streamnumber`. */
  readonly streamAttribute?: StreamAttribute;
}

const STREAM_NAMES = ['main', 'sub', 'third'];

function streamLine(stream: number, attribute: StreamAttribute): string {
  return `a=${attribute}:${attribute === 'streamMode' ? (STREAM_NAMES[stream] ?? stream) : stream}`;
}

/** Writes the SDP of an INVITE. Some devices insist on this order of lines, `y=` and `f=` last (GB/T 28181-2016 annex C, G). */
export function buildSdpOffer(offer: SdpOffer): string {
  const { channelId, recording, stream } = offer;
  const address = `IN ${offer.host.includes(':') ? 'IP6' : 'IP4'} ${offer.host}`;
  const tcp = offer.transport !== 'udp';
  const lines = [
    'v=0',
    `o=${channelId} 0 0 ${address}`,
    `s=${recording?.kind ?? 'Play'}`,
    // Of recordings only: 0 is every kind of recording.
    ...(recording === undefined ? [] : [`u=${channelId}:0`]),
    `c=${address}`,
    // UNIX seconds, not those of NTP.
    `t=${recording?.start ?? 0} ${recording?.end ?? 0}`,
    `m=video ${offer.port} ${tcp ? 'TCP/RTP/AVP' : 'RTP/AVP'} ${offer.payloads.map(({ type }) => type).join(' ')}`,
    'a=recvonly',
    // RFC 4145 4: from the offerer's view, passive listens.
    ...(tcp ? [`a=setup:${offer.transport === 'tcp-passive' ? 'passive' : 'active'}`, 'a=connection:new'] : []),
    ...offer.payloads.map(({ type, encoding }) => `a=rtpmap:${type} ${encoding}`),
    ...(recording?.kind === 'Download' ? [`a=downloadspeed:${recording.downloadSpeed ?? 1}`] : []),
    ...(stream === undefined ? [] : [streamLine(stream, offer.streamAttribute ?? 'streamnumber')]),
    `y=${offer.ssrc}`,
    'f=',
  ];
  return `${lines.join('\r\n')}\r\n`;
}
