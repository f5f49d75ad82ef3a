import { type AcceptedConnection, type Cancel, messageOf, type PluginContext, plainAddress, type RateLimitedLog } from '@sluice/core';
import { type DeframerSink, isRtcp, Rfc4571Deframer, type RtpPacket, tryParseRtp } from '@sluice/plugin-format-rtp';
import type { Lease, PacketSource } from './lease.js';
import type { LeaseTable } from './lease-table.js';

/** A connection that belongs to nobody after this long is closed. */
const UNBOUND_MS = 10_000;
/** Bytes taken from a connection that belongs to nobody. */
const MAX_UNBOUND_BYTES = 4 * 1024 * 1024;
/** Packets in a row with another SSRC until a bound sender is believed to have changed it. */
const PACKETS_TO_CHANGE = 3;

/** What connections share. `warnOften` is for what peers do wrong. */
export type TcpSourceContext = Pick<PluginContext, 'clock' | 'count'> & { readonly warnOften: RateLimitedLog };

/** A TCP connection of a sender (RFC 4571), bound to the lease that its first packet names. */
export class TcpSource implements PacketSource, DeframerSink {
  readonly remote: string;
  readonly #connection: AcceptedConnection;
  readonly #address: string;
  readonly #table: LeaseTable;
  readonly #ctx: TcpSourceContext;
  readonly #deframer: Rfc4571Deframer;
  readonly #cancelUnbound: Cancel;
  #lease: Lease | undefined;
  #ssrc = 0;
  #otherSsrc = 0;
  #othersInRow = 0;
  #unboundBytes = 0;

  constructor(connection: AcceptedConnection, table: LeaseTable, ctx: TcpSourceContext) {
    const { socket } = connection;
    this.remote = connection.remote;
    this.#connection = connection;
    this.#address = plainAddress(socket.remoteAddress ?? '');
    this.#table = table;
    this.#ctx = ctx;
    this.#deframer = new Rfc4571Deframer(this);
    this.#cancelUnbound = ctx.clock.after(UNBOUND_MS, () => {
      ctx.count('unbound-connection');
      this.cut();
    });
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    socket.once('close', () => this.#closed());
  }

  cut(): void {
    this.#connection.socket.destroy();
  }

  #take(chunk: Buffer): void {
    if (this.#lease === undefined) {
      this.#unboundBytes += chunk.length;
      if (this.#unboundBytes > MAX_UNBOUND_BYTES) {
        this.cut();
        return;
      }
    }
    try {
      this.#deframer.push(chunk);
    } catch (error) {
      this.#ctx.count('not-framed');
      this.#ctx.warnOften('not-framed', { remote: this.remote, error: messageOf(error) }, 'connection closed');
      this.cut();
    }
  }

  packet(bytes: Buffer): void {
    if (this.#connection.socket.destroyed || isRtcp(bytes)) return;
    const packet = tryParseRtp(bytes);
    if (typeof packet === 'string') return;
    const lease = this.#lease ?? this.#bind(packet);
    if (lease === undefined || (packet.ssrc !== this.#ssrc && !this.#isChange(packet))) return;
    this.#othersInRow = 0;
    lease.receiveFramed(packet, bytes.length);
  }

  resynced(): void {
    this.#lease?.resynced();
  }

  #bind(packet: RtpPacket): Lease | undefined {
    const lease = this.#table.find(packet, this.#address, this.remote);
    if (lease === undefined) return undefined;
    this.#cancelUnbound();
    this.#connection.admit();
    this.#lease = lease;
    this.#follow(packet);
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
    if (this.#othersInRow < PACKETS_TO_CHANGE) return false;
    this.#follow(packet);
    this.#lease?.resynced();
    return true;
  }

  #closed(): void {
    this.#cancelUnbound();
    this.#lease?.detach(this);
    this.#lease = undefined;
  }
}
