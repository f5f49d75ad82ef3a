import { type AcceptedConnection, type DatagramHandler, type PluginContext, SluiceError, type UdpPort } from '@sluice/core';
import type { RtpPsConfig } from '../config.js';
import { rtpPsError } from '../errors.js';
import { PortPool } from '../proto/port-pool.js';

/** Connections at once on the port of one stream. */
const MAX_CONNECTIONS = 16;

/** Who is told of what comes to the port of one stream. */
export interface StreamPortHandlers {
  readonly datagram: DatagramHandler;
  /** RTCP, on the next port. */
  readonly control: DatagramHandler;
  readonly connection: (connection: AcceptedConnection) => void;
}

/** A port that one stream has for itself. */
export interface StreamPort {
  readonly port: number;
  /** From the RTP port. */
  send(bytes: Buffer, address: string, port: number): void;
  /** From the RTCP port. */
  sendControl(bytes: Buffer, address: string, port: number): void;
  /** Closes it; the number is not used again before `reusableAtMs` (of `clock.now()`). */
  close(reusableAtMs: number): Promise<void>;
}

/** The ports of `portRange`. */
export class StreamPorts {
  readonly #ctx: PluginContext;
  readonly #config: RtpPsConfig;
  readonly #pool: PortPool;

  constructor(ctx: PluginContext, config: RtpPsConfig) {
    this.#ctx = ctx;
    this.#config = config;
    this.#pool = new PortPool(config.portRange);
  }

  /** Ports in use. */
  get held(): number {
    return this.#pool.held;
  }

  /** Ports that may be taken at some time. */
  get available(): number {
    return this.#pool.available;
  }

  /** Opens a free port, passing over those that other programs use. Rejects with `ERR_RTP_NO_PORT`. */
  async open(transport: 'udp' | 'tcp-passive', handlers: StreamPortHandlers): Promise<StreamPort> {
    const pool = this.#pool;
    for (let tries = pool.available; tries > 0; tries--) {
      const port = pool.take(this.#ctx.clock.now());
      if (port === undefined) break;
      try {
        return transport === 'udp' ? await this.#openUdp(port, handlers) : await this.#openTcp(port, handlers);
      } catch (error) {
        pool.give(port, this.#ctx.clock.now());
        if (!(error instanceof SluiceError) || error.code !== 'ERR_PORT_IN_USE') throw error;
      }
    }
    throw rtpPsError('ERR_RTP_NO_PORT', `no port of rtp-ps.portRange ${this.#config.portRange} is free`);
  }

  async #openUdp(port: number, handlers: StreamPortHandlers): Promise<StreamPort> {
    const { receiveBufferBytes } = this.#config;
    const media = await this.#ctx.transport.bindUdp({ name: `media-${port}/udp`, port, receiveBufferBytes }, handlers.datagram);
    let control: UdpPort | undefined;
    try {
      // The last port of the range has no second one; its RTCP goes on the same port.
      if (port < this.#pool.last) control = await this.#ctx.transport.bindUdp({ name: `media-${port}/rtcp`, port: port + 1 }, handlers.control);
    } catch (error) {
      await media.close();
      throw error;
    }
    const send = (bytes: Buffer, address: string, to: number): void => media.send(bytes, address, to);
    return {
      port,
      send,
      sendControl: (bytes, address, to) => (control ?? media).send(bytes, address, to),
      close: (reusableAtMs) => this.#close(port, reusableAtMs, async () => void (await Promise.all([media.close(), control?.close()]))),
    };
  }

  async #openTcp(port: number, handlers: StreamPortHandlers): Promise<StreamPort> {
    const listener = await this.#ctx.transport.listenTcp(
      { name: `media-${port}/tcp`, port, maxConnections: MAX_CONNECTIONS, sharedReads: true },
      handlers.connection,
    );
    const nowhere = (): void => {};
    return { port, send: nowhere, sendControl: nowhere, close: (reusableAtMs) => this.#close(port, reusableAtMs, () => listener.close()) };
  }

  async #close(port: number, reusableAtMs: number, close: () => Promise<void>): Promise<void> {
    try {
      await close();
    } finally {
      this.#pool.give(port, this.#ctx.clock.now(), reusableAtMs);
    }
  }
}
