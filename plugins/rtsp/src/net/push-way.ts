import type { Socket } from 'node:net';
import { type CloseReason, socketSink, type ViewerSink } from '@sluice/core';
import { rtspError } from '../errors.js';
import type { TransportSpec } from '../proto/transport-header.js';
import type { ClientParts } from './client-connection.js';
import { type DatagramRoute, DatagramSink } from './datagram-sink.js';
import { UdpPair } from './udp-pair.js';

/** What a sink tells. */
export interface PushSinkHandlers {
  readonly end: (reason: CloseReason) => void;
  /** There is room again. Of a connection, its socket says so. */
  readonly drained: () => void;
}

/** How the packets of a push go. */
export interface PushWay {
  /** They go on the connection itself. */
  readonly isStream: boolean;
  /** Bytes that went beside the connection. */
  readonly datagramBytes: number;
  /** What is offered to the server, for so many tracks. Rejects where there are no ports. */
  offers(count: number): Promise<readonly TransportSpec[]>;
  /** The server answered: the RTP channel of the track. `address` is that of its connection. Throws `ERR_RTSP_TRANSPORT`. */
  agreed(index: number, transport: TransportSpec, address: string): number;
  sink(socket: Socket, handlers: PushSinkHandlers): ViewerSink;
  /** Sends no more. Safe to call twice. */
  close(): void;
}

/** In interleaved frames on the connection. */
export class TcpWay implements PushWay {
  readonly isStream = true;
  readonly datagramBytes = 0;

  async offers(count: number): Promise<readonly TransportSpec[]> {
    return Array.from({ length: count }, (_, index) => ({ profile: 'RTP/AVP/TCP', multicast: false, interleaved: [2 * index, 2 * index + 1] as const }));
  }

  agreed(index: number, { interleaved }: TransportSpec): number {
    return interleaved?.[0] ?? 2 * index;
  }

  sink(socket: Socket, { end }: PushSinkHandlers): ViewerSink {
    return socketSink(socket, end);
  }

  close(): void {}
}

/** In datagrams, each track from a pair of ports of its own: by these the server tells them apart. */
export class UdpWay implements PushWay {
  readonly isStream = false;
  readonly #parts: ClientParts;
  readonly #pairs: UdpPair[] = [];
  readonly #routes = new Map<number, DatagramRoute>();
  #sink: DatagramSink | undefined;
  #closed = false;

  constructor(parts: ClientParts) {
    this.#parts = parts;
  }

  get datagramBytes(): number {
    return this.#sink?.sentBytes ?? 0;
  }

  /** Those of an offer before, to another server, are used again. */
  async offers(count: number): Promise<readonly TransportSpec[]> {
    const { ctx, config } = this.#parts;
    while (this.#pairs.length < count && !this.#closed) this.#pairs.push(await UdpPair.open(ctx, config, 'push', 0));
    if (this.#closed) this.close();
    return this.#pairs.map(({ ports }) => ({ profile: 'RTP/AVP', multicast: false, clientPort: ports }));
  }

  agreed(index: number, { serverPort }: TransportSpec, address: string): number {
    const pair = this.#pairs[index];
    if (serverPort === undefined || pair === undefined) throw rtspError('ERR_RTSP_TRANSPORT', 'the server did not say where it takes packets');
    this.#routes.set(2 * index, { pair, ends: { address, rtpPort: serverPort[0], rtcpPort: serverPort[1] } });
    return 2 * index;
  }

  sink(_socket: Socket, handlers: PushSinkHandlers): ViewerSink {
    this.#sink = new DatagramSink(this.#routes, this.#parts.ctx.clock, handlers);
    return this.#sink;
  }

  close(): void {
    this.#closed = true;
    this.#sink?.close();
    for (const pair of this.#pairs.splice(0)) void pair.close();
  }
}
