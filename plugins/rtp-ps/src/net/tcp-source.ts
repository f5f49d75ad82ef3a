import { type AcceptedConnection, type Cancel, messageOf, type PluginContext, plainAddress, type RateLimitedLog } from '@sluice/core';
import { type DeframerSink, frameRfc4571, isRtcp, Rfc4571Deframer, type RtpPacket, tryParseRtp } from '@sluice/plugin-format-rtp';
import type { Lease } from './lease.js';
import type { PacketSource } from './packet-source.js';

/** A connection that belongs to nobody after this long is closed. */
const UNBOUND_MS = 10_000;
/** Bytes taken from a connection that belongs to nobody. */
const MAX_UNBOUND_BYTES = 4 * 1024 * 1024;
/** Packets in a row with another SSRC until a bound sender is believed to have changed it. */
const PACKETS_TO_CHANGE = 3;
/** What is not taken by then is no peer that wants reports. */
const MAX_CONTROL_QUEUED = 4096;
/** `$` and the channel of RTCP (RFC 2326 10.12). */
const INTERLEAVED_RTCP = Buffer.from([0x24, 1]);

/** Who a connection is from. */
export interface ConnectionOrigin {
  readonly address: string;
  readonly remotePort: number;
  /** `address:port`. */
  readonly remote: string;
}

/** The lease that a connection's first packet belongs to, if any. */
export type FindLease = (packet: RtpPacket, bytes: number, source: ConnectionOrigin, receivedAtMs: number) => Lease | undefined;

/** What connections share. `warnOften` is for what peers do wrong. */
export type TcpSourceContext = Pick<PluginContext, 'clock' | 'transport' | 'count'> & { readonly warnOften: RateLimitedLog };

/** A TCP connection of a sender (RFC 4571), bound to the lease that its first packet names. */
export class TcpSource implements PacketSource, DeframerSink {
  readonly remote: string;
  readonly address: string;
  readonly remotePort: number;
  readonly #connection: AcceptedConnection;
  readonly #find: FindLease;
  readonly #ctx: TcpSourceContext;
  readonly #deframer: Rfc4571Deframer;
  readonly #cancelUnbound: Cancel | undefined;
  #lease: Lease | undefined;
  /** Of the sender, once a packet came. */
  #ssrc: number | undefined;
  #otherSsrc = 0;
  #othersInRow = 0;
  #unboundBytes = 0;
  #receivedAtMs = 0;
  /** The sender frames as RTSP does. */
  #isInterleaved: boolean | undefined;

  /** `owner`: the lease that the connection was made for; otherwise its first packet tells. */
  constructor(connection: AcceptedConnection, owner: Lease | FindLease, ctx: TcpSourceContext) {
    const { socket } = connection;
    this.remote = connection.remote;
    this.address = plainAddress(socket.remoteAddress ?? '');
    this.remotePort = socket.remotePort ?? 0;
    this.#connection = connection;
    this.#find = typeof owner === 'function' ? owner : () => undefined;
    this.#ctx = ctx;
    this.#deframer = new Rfc4571Deframer(this);
    if (typeof owner === 'function') this.#cancelUnbound = ctx.clock.after(UNBOUND_MS, () => this.#unbound());
    else this.#bind(owner);
    connection.read((chunk) => this.#take(chunk));
    socket.once('close', () => this.#closed());
  }

  cut(): void {
    this.#connection.socket.destroy();
  }

  #unbound(): void {
    this.#ctx.count('unbound-connection');
    this.cut();
  }

  sendControl(bytes: Buffer): void {
    const { socket } = this.#connection;
    if (!socket.writable || socket.writableLength > MAX_CONTROL_QUEUED) return;
    const framed = frameRfc4571(bytes);
    socket.write(this.#isInterleaved ? Buffer.concat([INTERLEAVED_RTCP, framed]) : framed);
  }

  #take(chunk: Buffer): void {
    if (this.#lease === undefined) {
      this.#unboundBytes += chunk.length;
      if (this.#unboundBytes > MAX_UNBOUND_BYTES) {
        this.cut();
        return;
      }
    }
    this.#receivedAtMs = this.#ctx.transport.now();
    this.#isInterleaved ??= chunk[0] === INTERLEAVED_RTCP[0] && ((chunk[2] ?? 0) & 0xc0) !== 0x80;
    try {
      this.#deframer.push(chunk);
    } catch (error) {
      this.#ctx.count('not-framed');
      this.#ctx.warnOften('not-framed', { remote: this.remote, error: messageOf(error) }, 'connection closed');
      this.cut();
    }
  }

  packet(bytes: Buffer): void {
    if (this.#connection.socket.destroyed) return;
    if (isRtcp(bytes)) {
      this.#lease?.receiveFramedControl(bytes, this.#receivedAtMs);
      return;
    }
    const packet = tryParseRtp(bytes);
    if (typeof packet === 'string') return;
    const lease = this.#lease ?? this.#bind(this.#find(packet, bytes.length, this, this.#receivedAtMs));
    if (lease === undefined || (packet.ssrc !== this.#ssrc && !this.#isChange(packet))) return;
    this.#othersInRow = 0;
    lease.receiveFramed(packet, bytes, this.#receivedAtMs);
  }

  resynced(): void {
    this.#lease?.resynced();
  }

  #bind(lease: Lease | undefined): Lease | undefined {
    if (lease === undefined) return undefined;
    this.#cancelUnbound?.();
    this.#connection.admit();
    this.#lease = lease;
    lease.attach(this);
    return lease;
  }

  #follow(packet: RtpPacket): void {
    this.#ssrc = packet.ssrc;
    this.#deframer.expect(packet.ssrc, packet.payloadType);
  }

  /** One packet of another SSRC may be garbage between two; several in a row are a sender that began anew. */
  #isChange(packet: RtpPacket): boolean {
    this.#othersInRow = packet.ssrc === this.#otherSsrc ? this.#othersInRow + 1 : 1;
    this.#otherSsrc = packet.ssrc;
    if (this.#ssrc !== undefined && this.#othersInRow < PACKETS_TO_CHANGE) return false;
    this.#follow(packet);
    return true;
  }

  #closed(): void {
    this.#cancelUnbound?.();
    this.#lease?.detach(this);
    this.#lease = undefined;
  }
}
