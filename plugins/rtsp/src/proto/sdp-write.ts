import { write } from 'sdp-transform';

/** A track as a media section tells it. */
export interface SdpTrack {
  readonly kind: 'video' | 'audio';
  readonly payloadType: number;
  /** Value of `a=rtpmap` without the payload type: `H264/90000`, `OPUS/48000/2`. */
  readonly rtpmap: string;
  /** Value of `a=fmtp` without the payload type. */
  readonly fmtp?: string;
  /** Value of `a=control`: relative to the base of the answer, or a whole URL. */
  readonly control: string;
}

/** What a session description says. */
export interface SdpOptions {
  /** Name of the session; control characters are left out. */
  readonly name: string;
  readonly tracks: readonly SdpTrack[];
  /** `a=control` of the session. Default `*`. */
  readonly control?: string;
  /** Identifier of the session in `o=`, decimal digits. Default `0`. */
  readonly sessionId?: string;
}

/** Writes a session description for DESCRIBE or ANNOUNCE (RFC 2326 appendix C). */
export function writeSdp({ name, tracks, control = '*', sessionId = '0' }: SdpOptions): string {
  return write({
    version: 0,
    origin: { username: '-', sessionId, sessionVersion: 1, netType: 'IN', ipVer: 4, address: '0.0.0.0' },
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they would end the line
    name: name.replaceAll(/[\x00-\x1f\x7f]/g, '') || '-',
    connection: { version: 4, ip: '0.0.0.0' },
    timing: { start: 0, stop: 0 },
    // sdp-transform types `control` on media only, and writes it on both.
    ...{ control },
    media: tracks.map((track) => {
      const [codec = '', rate, encoding] = track.rtpmap.split('/');
      return {
        type: track.kind,
        port: 0,
        protocol: 'RTP/AVP',
        payloads: String(track.payloadType),
        rtp: [
          {
            payload: track.payloadType,
            codec,
            ...(rate === undefined ? {} : { rate: Number(rate) }),
            ...(encoding === undefined ? {} : { encoding: Number(encoding) }),
          },
        ],
        fmtp: track.fmtp === undefined ? [] : [{ payload: track.payloadType, config: track.fmtp }],
        control: track.control,
      };
    }),
  });
}
