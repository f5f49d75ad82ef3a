import type { Cancel, Clock, CloseReason, ViewerSink } from '@sluice/core';
import { eachFrame } from '../map/rtp-info.js';
import type { DatagramEnds, UdpPair } from './udp-pair.js';

/** Bytes sent at once to one who joins or is behind: some 26 Mbit/s, as receivers have little room and are busy with the beginning. */
const BURST_BYTES = 16 * 1024;
/** What is left goes on after this. */
const BURST_INTERVAL_MS = 5;
/** What is live goes in so many bursts at most: it must be gone when the next picture comes. */
const LIVE_BURSTS = 6;

/** The way of a track's datagrams. */
export interface DatagramRoute {
  /** From where. */
  readonly pair: UdpPair;
  /** To where. */
  readonly ends: DatagramEnds;
}

/** Sends the interleaved frames of a rendition as datagrams: the same bytes as on a connection, cut at the frames' heads. */
export class DatagramSink implements ViewerSink {
  readonly #clock: Clock;
  /** By RTP channel; RTCP is on the channel after it. */
  readonly #routes: ReadonlyMap<number, DatagramRoute>;
  readonly #onEnd: (reason: CloseReason) => void;
  readonly #onDrained: () => void;
  /** What a burst had no room for. */
  #left: Buffer[] = [];
  #queued = 0;
  #burstBytes = BURST_BYTES;
  /** Bytes that this burst may still send. */
  #budget = 0;
  /** From joining, or falling behind, until nothing is left. */
  #isBehind = true;
  #timer: Cancel | undefined;
  #sentBytes = 0;

  constructor(
    routes: ReadonlyMap<number, DatagramRoute>,
    clock: Clock,
    handlers: { readonly end: (reason: CloseReason) => void; readonly drained: () => void },
  ) {
    this.#routes = routes;
    this.#clock = clock;
    this.#onEnd = handlers.end;
    this.#onDrained = handlers.drained;
  }

  get queued(): number {
    return this.#queued;
  }

  /** Bytes that went. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  write(bytes: Buffer): boolean {
    this.#left.push(bytes);
    this.#queued += bytes.length;
    if (!this.#isBehind) this.#burstBytes = Math.max(BURST_BYTES, bytes.length / LIVE_BURSTS);
    if (this.#timer === undefined) this.#burst();
    if (this.#left.length > 0) return false;
    this.#isBehind = false;
    return true;
  }

  writeAll(pieces: readonly Buffer[]): boolean {
    let hasRoom = true;
    for (const piece of pieces) hasRoom = this.write(piece);
    return hasRoom;
  }

  end(reason: CloseReason): void {
    this.close();
    this.#onEnd(reason);
  }

  /** Nothing is sent any more. */
  close(): void {
    this.#timer?.();
    this.#timer = undefined;
    this.#left = [];
    this.#queued = 0;
  }

  /** Sends up to the budget. */
  #burst(): void {
    this.#budget = this.#burstBytes;
    while (this.#left.length > 0 && this.#budget > 0) {
      const bytes = this.#left[0] as Buffer;
      const sent = this.#send(bytes);
      this.#queued -= sent;
      if (sent < bytes.length) this.#left[0] = bytes.subarray(sent);
      else this.#left.shift();
    }
    this.#timer = this.#left.length === 0 ? undefined : this.#clock.after(BURST_INTERVAL_MS, this.#goOn);
  }

  readonly #goOn = (): void => {
    this.#timer = undefined;
    this.#burst();
    if (this.#left.length > 0) return;
    // What the viewer writes now was waiting.
    this.#isBehind = true;
    this.#burstBytes = BURST_BYTES;
    this.#onDrained();
    this.#isBehind = this.#left.length > 0;
  };

  /** Answers how many bytes went: whole frames. */
  #send(bytes: Buffer): number {
    let sent = 0;
    eachFrame(bytes, (channel, start, end) => {
      const isControl = channel % 2 === 1;
      const route = this.#routes.get(isControl ? channel - 1 : channel);
      if (route !== undefined) {
        const { pair, ends } = route;
        const datagram = bytes.subarray(start, end);
        if (isControl) pair.sendRtcp(datagram, ends.address, ends.rtcpPort);
        else pair.sendRtp(datagram, ends.address, ends.rtpPort);
        this.#sentBytes += datagram.length;
      }
      sent = end;
      this.#budget -= end - start;
      return this.#budget > 0;
    });
    return sent;
  }
}
