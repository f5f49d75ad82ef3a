import { type CloseReason, type PublisherControls, type ServiceToken, service } from '@sluice/core';

/** How the camera's packets reach us. `tcp-passive`: we listen and the camera connects. */
export type RtpTransport = 'udp' | 'tcp-passive' | 'tcp-active';

/** What to receive. */
export interface ReceiverOptions {
  /** Stream path that the media is published to. */
  readonly path: string;
  /** Ten digits; from `allocateSsrc`, or another's. */
  readonly ssrc: string;
  readonly transport: RtpTransport;
  /** Address of the sender as far as known (signalling): decides which local address it is told. */
  readonly remoteHint?: string;
  /** Shown with the publisher. */
  readonly query?: Readonly<Record<string, string>>;
  /** What the sender can be asked for, where its signalling can: handed on to the publisher. */
  readonly controls?: PublisherControls;
  /** Called once when it ends by itself: `timeout` (no packet for receiveTimeoutSeconds), `idle`, `kicked`, `lost` … */
  readonly onClose?: (reason: CloseReason) => void;
}

/** A lease of an SSRC (and port): from here on matching packets make the stream. */
export interface Receiver {
  /** Host and port to tell the sender. */
  readonly host: string;
  readonly port: number;
  readonly ssrc: string;
  /** Expect this SSRC instead (the answer's `y=`). Ten digits. */
  rekey(ssrc: string): void;
  /** Resolves when the first frame was published; rejects when it ends before. */
  readonly live: Promise<void>;
  /** Gives the lease back and ends the publisher. Safe to call twice. */
  close(reason: CloseReason): Promise<void>;
}

/** RTP receive with MPEG-PS inside. */
export interface RtpPsService {
  /** A free SSRC for a domain (GB/T 28181-2016 annex G): `0|1` + digits 4 to 8 of the domain id + four digits. Held until released by the receiver opened with it or `releaseSsrc`. */
  allocateSsrc(domainId: string, kind: 'live' | 'history'): string;
  releaseSsrc(ssrc: string): void;
  /** Rejects with ERR_RTP_SSRC_BUSY, ERR_RTP_TRANSPORT (not offered here). */
  open(options: ReceiverOptions): Promise<Receiver>;
}

/** Token of the service. */
export const rtpPsService: ServiceToken<RtpPsService> = service<RtpPsService>('rtp-ps', () => import('@sluice/plugin-rtp-ps'));
