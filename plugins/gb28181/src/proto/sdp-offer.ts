import type { MediaTransport } from '../service.js';
import type { OfferedPayload } from './profile.js';

/** What is asked for. */
export interface LiveOffer {
  readonly channelId: string;
  /** Where the media is to go. */
  readonly host: string;
  readonly port: number;
  readonly transport: MediaTransport;
  /** Ten digits. */
  readonly ssrc: string;
  readonly payloads: readonly OfferedPayload[];
}

/** Writes the SDP of a live INVITE. Some devices insist on this order of lines, `y=` and `f=` last (GB/T 28181-2016 annex C, G). */
export function buildLiveOffer(offer: LiveOffer): string {
  const address = `IN ${offer.host.includes(':') ? 'IP6' : 'IP4'} ${offer.host}`;
  const tcp = offer.transport !== 'udp';
  const lines = [
    'v=0',
    `o=${offer.channelId} 0 0 ${address}`,
    's=Play',
    `c=${address}`,
    't=0 0',
    `m=video ${offer.port} ${tcp ? 'TCP/RTP/AVP' : 'RTP/AVP'} ${offer.payloads.map(({ type }) => type).join(' ')}`,
    'a=recvonly',
    // RFC 4145 4: from the offerer's view, passive listens.
    ...(tcp ? [`a=setup:${offer.transport === 'tcp-passive' ? 'passive' : 'active'}`, 'a=connection:new'] : []),
    ...offer.payloads.map(({ type, encoding }) => `a=rtpmap:${type} ${encoding}`),
    `y=${offer.ssrc}`,
    'f=',
  ];
  return `${lines.join('\r\n')}\r\n`;
}
