import type { MediaOffer } from './offer.js';

/** What a camera says to an offer. */
export interface MediaAnswer {
  readonly channelId: string;
  /** Where we send from, or listen. */
  readonly host: string;
  readonly port: number;
  /** Ten digits. */
  readonly ssrc: string;
  readonly payloadType: number;
}

/** Writes the SDP of a 200 to INVITE, in the order of lines that platforms are used to. */
export function buildAnswer(offer: MediaOffer, { channelId, host, port, ssrc, payloadType }: MediaAnswer): string {
  const address = `IN ${host.includes(':') ? 'IP6' : 'IP4'} ${host}`;
  const tcp = offer.transport === 'tcp';
  const session = offer.session === 'playback' ? 'Playback' : offer.session === 'download' ? 'Download' : 'Play';
  const lines = [
    'v=0',
    `o=${channelId} 0 0 ${address}`,
    `s=${session}`,
    `c=${address}`,
    `t=${offer.startSeconds} ${offer.endSeconds}`,
    `m=video ${port} ${tcp ? 'TCP/RTP/AVP' : 'RTP/AVP'} ${payloadType}`,
    'a=sendonly',
    // RFC 4145 4.1: the other side of what was offered.
    ...(tcp ? [`a=setup:${offer.setup === 'passive' ? 'active' : 'passive'}`, 'a=connection:new'] : []),
    `a=rtpmap:${payloadType} PS/90000`,
    ...(session === 'Download' ? [`a=downloadspeed:${offer.downloadSpeed}`] : []),
    `y=${ssrc}`,
    'f=',
  ];
  return `${lines.join('\r\n')}\r\n`;
}
