import { type PluginContext, plainAddress, SluiceError, type UdpPort } from '@sluice/core';
import { isRtcp } from '@sluice/plugin-format-rtp';
import type { RtspConfig } from '../config.js';
import { rtspError } from '../errors.js';

/** Who is told of datagrams of one medium of a session. */
export interface DatagramPeer {
  rtp(bytes: Buffer, receivedAtMs: number): void;
  rtcp(bytes: Buffer, receivedAtMs: number): void;
  /** Whether a packet of this payload type may be its own, where it comes from a port that nobody announced (a NAT). Left out: never. */
  mayTake?(payloadType: number): boolean;
}

/** Where the other side of a medium sends from and receives. */
export interface DatagramEnds {
  readonly address: string;
  readonly rtpPort: number;
  readonly rtcpPort: number;
}

/** Tries to find two neighbours where any ports will do. */
const PAIR_TRIES = 20;

function keyOf(address: string, port: number): string {
  return `${port} ${address}`;
}

/** Two UDP ports, RTP and RTCP, and whose datagrams come to them. */
export class UdpPair {
  readonly #rtp: UdpPort;
  readonly #rtcp: UdpPort;
  readonly #peers: Peers;

  private constructor(rtp: UdpPort, rtcp: UdpPort, peers: Peers) {
    this.#rtp = rtp;
    this.#rtcp = rtcp;
    this.#peers = peers;
  }

  /** Opens a port and the next one; with port 0 any two neighbours. Rejects with `ERR_PORT_IN_USE`. */
  static async open(ctx: PluginContext, config: RtspConfig, name: string, port: number): Promise<UdpPair> {
    const host = config.host === undefined ? {} : { host: config.host };
    const { receiveBufferBytes } = config;
    for (let tries = 1; ; tries++) {
      const peers = new Peers();
      const rtp = await ctx.transport.bindUdp({ name: `${name}/rtp`, port, receiveBufferBytes, ...host }, peers.onRtp);
      try {
        const rtcp = await ctx.transport.bindUdp({ name: `${name}/rtcp`, port: (rtp.address.port + 1) % 65_536, ...host }, peers.onRtcp);
        return new UdpPair(rtp, rtcp, peers);
      } catch (error) {
        await rtp.close();
        const isTaken = error instanceof SluiceError && error.code === 'ERR_PORT_IN_USE';
        if (port !== 0 || tries >= PAIR_TRIES || !isTaken) throw error;
      }
    }
  }

  /** Ports of RTP and RTCP. */
  get ports(): readonly [number, number] {
    return [this.#rtp.address.port, this.#rtcp.address.port];
  }

  /** Takes datagrams of `ends` from now on. False where somebody else has announced the same ends. */
  add(ends: DatagramEnds, peer: DatagramPeer): boolean {
    return this.#peers.add(ends, peer);
  }

  /** Takes none any more. */
  remove(peer: DatagramPeer): void {
    this.#peers.remove(peer);
  }

  sendRtp(bytes: Uint8Array, address: string, port: number): void {
    this.#rtp.send(bytes, address, port);
  }

  sendRtcp(bytes: Uint8Array, address: string, port: number): void {
    this.#rtcp.send(bytes, address, port);
  }

  async close(): Promise<void> {
    await Promise.all([this.#rtp.close(), this.#rtcp.close()]);
  }
}

/** Finds the peer of a datagram by where it comes from: on shared ports nothing else tells sessions apart. */
class Peers {
  readonly #rtp = new Map<string, DatagramPeer>();
  readonly #rtcp = new Map<string, DatagramPeer>();
  /** Peers that nothing came from yet, by address. */
  readonly #unheard = new Map<string, Set<DatagramPeer>>();
  readonly #keys = new Map<DatagramPeer, { address: string; rtp: string; rtcp: string }>();

  add({ address, rtpPort, rtcpPort }: DatagramEnds, peer: DatagramPeer): boolean {
    const keys = { address, rtp: keyOf(address, rtpPort), rtcp: keyOf(address, rtcpPort) };
    if (this.#rtp.has(keys.rtp)) return false;
    this.#rtp.set(keys.rtp, peer);
    this.#rtcp.set(keys.rtcp, peer);
    this.#keys.set(peer, keys);
    if (peer.mayTake !== undefined) {
      const unheard = this.#unheard.get(address) ?? new Set();
      unheard.add(peer);
      this.#unheard.set(address, unheard);
    }
    return true;
  }

  remove(peer: DatagramPeer): void {
    const keys = this.#keys.get(peer);
    if (keys === undefined) return;
    this.#keys.delete(peer);
    if (this.#rtp.get(keys.rtp) === peer) this.#rtp.delete(keys.rtp);
    if (this.#rtcp.get(keys.rtcp) === peer) this.#rtcp.delete(keys.rtcp);
    this.#heard(keys.address, peer);
  }

  #heard(address: string, peer: DatagramPeer): void {
    const unheard = this.#unheard.get(address);
    if (unheard?.delete(peer) === true && unheard.size === 0) this.#unheard.delete(address);
  }

  readonly onRtp = (bytes: Buffer, from: string, port: number, receivedAtMs: number): void => {
    const address = plainAddress(from);
    const peer = this.#rtp.get(keyOf(address, port)) ?? this.#moved(bytes, address, port);
    if (peer === undefined) return;
    if (this.#unheard.size > 0) this.#heard(address, peer);
    // Some send both to one port (RFC 5761).
    if (isRtcp(bytes)) peer.rtcp(bytes, receivedAtMs);
    else peer.rtp(bytes, receivedAtMs);
  };

  readonly onRtcp = (bytes: Buffer, from: string, port: number, receivedAtMs: number): void => {
    this.#rtcp.get(keyOf(plainAddress(from), port))?.rtcp(bytes, receivedAtMs);
  };

  /** A NAT gave the sender another port than it announced: the first packet of its payload type tells which, and it is kept to. */
  #moved(bytes: Buffer, address: string, port: number): DatagramPeer | undefined {
    const payloadType = (bytes[1] ?? 0) & 0x7f;
    for (const peer of this.#unheard.get(address) ?? []) {
      const keys = this.#keys.get(peer);
      if (keys === undefined || peer.mayTake?.(payloadType) !== true) continue;
      this.#rtp.delete(keys.rtp);
      keys.rtp = keyOf(address, port);
      this.#rtp.set(keys.rtp, peer);
      return peer;
    }
    return undefined;
  }
}

/** Pairs for sessions: the shared one, or one of the range each. */
export class UdpPairs {
  readonly #ctx: PluginContext;
  readonly #config: RtspConfig;
  readonly #shared: UdpPair | undefined;
  /** First ports of pairs of the range that are free, the one given back longest ago first. */
  readonly #free = new Set<number>();

  private constructor(ctx: PluginContext, config: RtspConfig, shared: UdpPair | undefined) {
    this.#ctx = ctx;
    this.#config = config;
    this.#shared = shared;
    const [first = 0, last = -1] = (config.udpPortRange ?? '').split('-').map(Number);
    if (config.udpPortRange !== undefined) for (let port = first + (first % 2); port < last; port += 2) this.#free.add(port);
  }

  /** Opens the shared pair, unless there is a range. Rejects with `ERR_PORT_IN_USE`. */
  static async open(ctx: PluginContext, config: RtspConfig): Promise<UdpPairs> {
    return new UdpPairs(ctx, config, config.udpPortRange === undefined ? await UdpPair.open(ctx, config, 'udp', config.udpPort) : undefined);
  }

  /** A pair for a session, and how to give it back. Rejects with `ERR_RTSP_NO_PORT` (503). */
  async take(): Promise<{ readonly pair: UdpPair; release(): void }> {
    if (this.#shared !== undefined) return { pair: this.#shared, release: () => {} };
    for (const port of [...this.#free]) {
      if (!this.#free.delete(port)) continue;
      try {
        const pair = await UdpPair.open(this.#ctx, this.#config, `udp-${port}`, port);
        return { pair, release: () => void pair.close().finally(() => this.#free.add(port)) };
      } catch (error) {
        this.#free.add(port);
        if (!(error instanceof SluiceError) || error.code !== 'ERR_PORT_IN_USE') throw error;
      }
    }
    throw rtspError('ERR_RTSP_NO_PORT', `no pair of rtsp.udpPortRange ${this.#config.udpPortRange} is free`);
  }
}
