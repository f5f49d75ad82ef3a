import { type AcceptedConnection, type Cancel, messageOf, type PluginContext, SluiceError } from '@sluice/core';
import { rtpPsError } from '../errors.js';

/** GB/T 28181-2022 annex D: at least three tries, at least a second apart. */
const TRIES = 4;
const FIRST_PAUSE_MS = 1000;
const TIMEOUT_MS = 5000;

/** Connects to one sender, again and again within reason. */
export class Connector {
  readonly #ctx: PluginContext;
  readonly #host: string;
  readonly #port: number;
  #cancelPause: Cancel | undefined;
  #endPause: () => void = () => {};
  #stopped = false;

  constructor(ctx: PluginContext, host: string, port: number) {
    this.#ctx = ctx;
    this.#host = host;
    this.#port = port;
  }

  /** Rejects with `ERR_RTP_CONNECT`, naming the last error, or with `ERR_RTP_ENDED` once stopped. `pauseFirst`: waits before the first try too. */
  async connect(pauseFirst = false): Promise<AcceptedConnection> {
    let last = '';
    let pauseMs = FIRST_PAUSE_MS;
    if (pauseFirst) await this.#pause(pauseMs);
    for (let tries = 1; ; tries++) {
      this.#checkStopped();
      try {
        const connection = await this.#ctx.transport.connectTcp({ name: 'media-out', host: this.#host, port: this.#port, timeoutMs: TIMEOUT_MS });
        if (!this.#stopped) return connection;
        connection.socket.destroy();
      } catch (error) {
        last = error instanceof SluiceError && error.code === 'ERR_CONNECT' ? messageOf(error.cause ?? error) : messageOf(error);
      }
      this.#checkStopped();
      if (tries === TRIES) throw rtpPsError('ERR_RTP_CONNECT', `cannot connect to ${this.#host}:${this.#port}, ${TRIES} tries: ${last}`);
      await this.#pause(pauseMs);
      pauseMs *= 2;
    }
  }

  /** No more tries. */
  stop(): void {
    this.#stopped = true;
    this.#cancelPause?.();
    this.#endPause();
  }

  #checkStopped(): void {
    if (this.#stopped) throw rtpPsError('ERR_RTP_ENDED', 'the receiver ended');
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#endPause = resolve;
      this.#cancelPause = this.#ctx.clock.after(ms, resolve);
    });
  }
}
