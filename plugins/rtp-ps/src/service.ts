import { type CloseReason, type ConfigByName, type PublisherControls, type ServiceToken, service } from '@sluice/core';
import type { rtpPsConfig } from './config.js';

/** How the camera's packets reach us. `tcp-passive`: we listen and the camera connects. `tcp-active`: we connect to it (`Receiver.connect`). */
export type RtpTransport = 'udp' | 'tcp-passive' | 'tcp-active';

/** What to receive. */
export interface ReceiverOptions {
  /** Stream path that the media is published to. */
  readonly path: string;
  /** Ten digits; from `allocateSsrc`, or another's. */
  readonly ssrc: string;
  readonly transport: RtpTransport;
  /**
   * `single` (default): the port shared by all, where the SSRC tells whose a packet is. `range`: a port of its own from `portRange`,
   * where any SSRC is taken and then kept to.
   */
  readonly port?: 'single' | 'range';
  /** Address of the sender as far as known (signalling): decides which local address it is told. */
  readonly remoteHint?: string;
  /** What payload types are (`{ '96': 'H264/90000' }`, as in `a=rtpmap`). Comes before `sdp`, and that before `rtp-ps.payloadMap`; otherwise it is found out. */
  readonly payloadMap?: Readonly<Record<string, string>>;
  /** A session description of what will come: its `a=rtpmap` and `a=fmtp` lines count (parameter sets of `sprop-parameter-sets`, `config` …). */
  readonly sdp?: string;
  /** Ends with `timeout` after this long without a packet. Default `rtp-ps.receiveTimeoutSeconds`. */
  readonly receiveTimeoutSeconds?: number;
  /** Shown with the publisher. */
  readonly query?: Readonly<Record<string, string>>;
  /** What the sender can be asked for, where its signalling can: handed on to the publisher. */
  readonly controls?: PublisherControls;
  /** Called once, with the first packet. `remote`: `address:port` of its sender. */
  readonly onFirstPacket?: (remote: string) => void;
  /** Called once when it ends by itself: `timeout` (no packet for receiveTimeoutSeconds), `idle`, `kicked`, `lost`, `rtp-ps-private-payload` … */
  readonly onClose?: (reason: CloseReason) => void;
}

/** What came so far. */
export interface ReceiverStats {
  readonly packets: number;
  /** RTP packets with their headers. */
  readonly bytes: number;
  /** Packets that never came, or too late to be of use. */
  readonly lost: number;
  readonly reordered: number;
  readonly duplicate: number;
  /** Times when the sequence began anew or TCP framing was found again. */
  readonly resyncs: number;
  /** Access units dropped for missing or broken bytes. */
  readonly damaged: number;
  /** Packets from somebody else than the sender that is kept to. */
  readonly foreign: number;
  /** Interarrival jitter (RFC 3550 A.8), in milliseconds. */
  readonly jitterMs: number;
  /** Ten digits, as the sender has it. */
  readonly sourceSsrc?: string;
  /** `address:port` of the sender. */
  readonly source?: string;
  /** First and last packet; ISO 8601 UTC. */
  readonly firstAt?: string;
  readonly lastAt?: string;
}

/** What a sender says its payload types are. */
export interface ToldPayloads {
  /** `{ '96': 'H264/90000' }`, as in `a=rtpmap`. Comes before `sdp`. */
  readonly payloadMap?: Readonly<Record<string, string>>;
  /** Its `a=rtpmap` and `a=fmtp` lines count. */
  readonly sdp?: string;
}

/** Where a sender's media comes from. */
export interface MediaSource {
  /** IP address. */
  readonly address: string;
  /** Of its datagrams; any where left out, and over TCP. */
  readonly port?: number;
}

/** A lease of an SSRC (and port): from here on matching packets make the stream. */
export interface Receiver {
  /** Host and port to tell the sender. */
  readonly host: string;
  readonly port: number;
  readonly ssrc: string;
  /** Expect this SSRC instead (the answer's `y=`). Ten digits. */
  rekey(ssrc: string): void;
  /**
   * The sender answered, and sends from one of these: should its SSRC not come within a second, another one from there will do, until it comes
   * (devices that send SSRC 0, or any). Not that of another receiver, nor one that was in use lately, nor what was sent before this was opened, nor
   * where two wait for the same. On the shared port only: one of its own takes what comes.
   */
  expectFrom(sources: readonly MediaSource[]): void;
  /**
   * What payload types are, told by the sender itself (the answer to an INVITE): comes after what the receiver was opened with and before
   * `rtp-ps.payloadMap`. Senders err: packets that are plainly something else are believed before it, and lines that cannot be read are left out.
   */
  setPayloads(told: ToldPayloads): void;
  /** Another source may send from now on (re-INVITE): the first one that does is kept to. */
  relearn(): void;
  /**
   * `tcp-active`: connects to the sender, with at least three tries a second and more apart. Connects again where the connection is lost.
   * Rejects with `ERR_RTP_CONNECT` and the last try's error, and the receiver ends then; or with `ERR_RTP_TRANSPORT`, `ERR_RTP_ENDED`.
   */
  connect(host: string, port: number): Promise<void>;
  /** True: silence ends nothing (a paused recording, a receiver not started yet). False: time-outs count from now. */
  hold(on: boolean): void;
  stats(): ReceiverStats;
  /**
   * Resolves when the stream is there with its tracks: those that the payload announces, or what there is once no more are waited for
   * (`engine.trackWaitMs`). Rejects when it ends before.
   */
  readonly live: Promise<void>;
  /** Gives the lease back and ends the publisher. Safe to call twice. */
  close(reason: CloseReason): Promise<void>;
}

/** RTP receive: MPEG-PS, MPEG-TS and elementary streams. */
export interface RtpPsService {
  /** A free SSRC for a domain (GB/T 28181-2016 annex G): `0|1` + digits 4 to 8 of the domain id + four digits. Held until released by the receiver opened with it or `releaseSsrc`. */
  allocateSsrc(domainId: string, kind: 'live' | 'history'): string;
  releaseSsrc(ssrc: string): void;
  /** Rejects with `ERR_RTP_SSRC_BUSY` (409), `ERR_RTP_NO_PORT` (503: no port of the range is free), `ERR_RTP_SSRC` or `ERR_RTP_PAYLOAD` (400). */
  open(options: ReceiverOptions): Promise<Receiver>;
}

/** Token of the service. */
export const rtpPsService: ServiceToken<RtpPsService, ConfigByName<'rtp-ps', typeof rtpPsConfig>> = service<RtpPsService>(
  'rtp-ps',
  () => import('@sluice/plugin-rtp-ps'),
);
