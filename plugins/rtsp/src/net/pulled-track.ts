import { type PluginContext, plainAddress } from '@sluice/core';
import type { RtspConfig } from '../config.js';
import type { TransportSpec } from '../proto/transport-header.js';
import type { TrackReceiver } from './track-receiver.js';
import { type DatagramPeer, UdpPair } from './udp-pair.js';

/** A track that is pulled, and the way its packets come. */
export interface PulledTrack {
  /** `a=control` of its section. */
  readonly control: string;
  /** What is offered to the server. */
  readonly offer: TransportSpec;
  /** The server answered. `address` is that of its connection; `allow` says whether others may be used. */
  open(transport: TransportSpec, address: string, allow: ((address: string) => boolean) | undefined): void;
  /** Takes an interleaved frame where it is the track's. */
  interleaved(channel: number, payload: Buffer, receivedAtMs: number): boolean;
  /** To be called a few times a second. */
  tick(nowMs: number): void;
  /** Gives out what is held, and gives the ports back. */
  close(): void;
}

const FRAME_HEAD_BYTES = 4;
const DOLLAR = 0x24;

/** In interleaved frames on the connection (RFC 2326 10.12). */
export class TcpTrack implements PulledTrack {
  readonly control: string;
  readonly offer: TransportSpec;
  readonly #receiver: TrackReceiver;
  readonly #send: (bytes: Buffer) => void;
  #channels: readonly [number, number] | undefined;

  constructor(control: string, receiver: TrackReceiver, channel: number, send: (bytes: Buffer) => void) {
    this.control = control;
    this.#receiver = receiver;
    this.#send = send;
    this.offer = { profile: 'RTP/AVP/TCP', multicast: false, interleaved: [channel, channel + 1] };
  }

  open({ interleaved }: TransportSpec): void {
    this.#channels = interleaved;
  }

  interleaved(channel: number, payload: Buffer, receivedAtMs: number): boolean {
    if (channel === this.#channels?.[0]) this.#receiver.rtp(payload, receivedAtMs);
    else if (channel === this.#channels?.[1]) this.#receiver.rtcp(payload, receivedAtMs);
    else return false;
    return true;
  }

  tick(nowMs: number): void {
    const report = this.#receiver.tick(nowMs);
    if (report === undefined || this.#channels === undefined) return;
    const head = Buffer.from([DOLLAR, this.#channels[1], 0, 0]);
    head.writeUInt16BE(report.length, FRAME_HEAD_BYTES - 2);
    this.#send(Buffer.concat([head, report]));
  }

  close(): void {
    this.#receiver.finish();
  }
}

const IP_ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f:.]*:[0-9a-f:.]*)$/i;
/** The shortest RTP packet: opens the way back through a NAT, and means nothing. */
const OPENER = Buffer.from([0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

/** In datagrams, on a pair of ports of its own. */
export class UdpTrack implements PulledTrack, DatagramPeer {
  readonly control: string;
  readonly offer: TransportSpec;
  readonly #receiver: TrackReceiver;
  readonly #pair: UdpPair;
  readonly #received: (bytes: number) => void;
  #reportTo: { readonly address: string; readonly port: number } | undefined;

  private constructor(control: string, receiver: TrackReceiver, pair: UdpPair, received: (bytes: number) => void) {
    this.control = control;
    this.#receiver = receiver;
    this.#pair = pair;
    this.#received = received;
    this.offer = { profile: 'RTP/AVP', multicast: false, clientPort: pair.ports };
  }

  /** Binds the ports. `received` is told the length of every media packet. */
  static async bind(ctx: PluginContext, config: RtspConfig, control: string, receiver: TrackReceiver, received: (bytes: number) => void): Promise<UdpTrack> {
    return new UdpTrack(control, receiver, await UdpPair.open(ctx, config, 'pull', 0), received);
  }

  open({ source, serverPort }: TransportSpec, server: string, allow: ((address: string) => boolean) | undefined): void {
    // A server of several addresses says from which one it sends; names are not looked up.
    const address = source !== undefined && IP_ADDRESS.test(source) && allow?.(plainAddress(source)) !== false ? plainAddress(source) : server;
    const [rtpPort = 0, rtcpPort = 0] = serverPort ?? [];
    this.#pair.add({ address, rtpPort, rtcpPort }, this);
    if (serverPort === undefined) return;
    this.#reportTo = { address, port: rtcpPort };
    this.#pair.sendRtp(OPENER, address, rtpPort);
  }

  interleaved(): boolean {
    return false;
  }

  rtp(bytes: Buffer, receivedAtMs: number): void {
    this.#received(bytes.length);
    this.#receiver.rtp(bytes, receivedAtMs);
  }

  /** Not told: reports alone are no media. */
  rtcp(bytes: Buffer, receivedAtMs: number): void {
    this.#receiver.rtcp(bytes, receivedAtMs);
  }

  mayTake(payloadType: number): boolean {
    return payloadType === this.#receiver.payloadType;
  }

  tick(nowMs: number): void {
    const report = this.#receiver.tick(nowMs);
    if (report !== undefined && this.#reportTo !== undefined) this.#pair.sendRtcp(report, this.#reportTo.address, this.#reportTo.port);
  }

  close(): void {
    this.#receiver.finish();
    void this.#pair.close();
  }
}
