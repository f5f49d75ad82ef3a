import { lookup } from 'node:dns/promises';
import { type AcceptedConnection, type Cancel, messageOf, type PluginContext, plainAddress, redactText, redactUrl, SluiceError } from '@sluice/core';
import { rtmpError } from '../errors.js';
import { backOffMs } from '../proto/back-off.js';
import type { RtmpLimits } from '../proto/limits.js';
import { type PushUrl, parsePushUrl } from '../proto/push-url.js';
import type { RtmpPush, RtmpPushInfo, RtmpPushOptions, RtmpPushState } from '../service.js';
import { PushConnection } from './push-connection.js';

/** What all pushes share. */
export interface PushParts {
  readonly ctx: PluginContext;
  readonly limits: RtmpLimits;
  readonly fourCcs: readonly string[];
}

const DEFAULT_TIMEOUT_SECONDS = 5;
/** A server that takes a stream and drops it at once gets no quicker tries for it. */
const PROVED_MS = 10_000;
const LOOK_AGAIN_MS = 1000;

/** A stream forwarded to one server, for as long as it is wanted: tries, waits, tries again. */
export class StreamPush implements RtmpPush {
  readonly path: string;
  readonly #parts: PushParts;
  readonly #options: RtmpPushOptions;
  readonly #onClosed: () => void;
  #state: RtmpPushState = 'idle';
  #attempt = 0;
  #lastError: RtmpPushInfo['lastError'];
  #sinceMs: number;
  #liveAtMs = Number.POSITIVE_INFINITY;
  #bytesBefore = 0;
  #connection: PushConnection | undefined;
  #retry: Cancel | undefined;

  /** Throws `ERR_RTMP_URL`. `onClosed` is called once, by `close`. */
  constructor(parts: PushParts, options: RtmpPushOptions, onClosed: () => void) {
    this.#parts = parts;
    this.#options = options;
    this.#onClosed = onClosed;
    this.path = options.path;
    this.#sinceMs = parts.ctx.clock.wallMs();
    parsePushUrl(options.url, options.query);
  }

  info(): RtmpPushInfo {
    return {
      path: this.path,
      url: redactUrl(this.#options.url),
      state: this.#state,
      attempt: this.#attempt,
      ...(this.#lastError === undefined ? {} : { lastError: this.#lastError }),
      since: new Date(this.#sinceMs).toISOString(),
      bytes: this.#bytesBefore + (this.#connection?.bytes ?? 0),
    };
  }

  /** The stream may be there: begins where it waits for it. */
  wake(): void {
    if (this.#state === 'idle' && this.#isThere()) void this.#try();
  }

  async close(): Promise<void> {
    if (this.#state === 'stopped') return;
    this.#retry?.();
    this.#enter('stopped');
    this.#connection?.close();
    this.#onClosed();
  }

  #isThere(): boolean {
    const state = this.#parts.ctx.streams.describe(this.path)?.state;
    return state === 'live' || state === 'lingering';
  }

  async #try(): Promise<void> {
    this.#retry?.();
    this.#attempt++;
    this.#enter('connecting');
    try {
      // The silence that the publisher may keep is told to the next server too: a paused recording is held by both.
      const held = this.#parts.ctx.streams.describe(this.path)?.publisher?.query.receiveTimeoutSeconds;
      const target = parsePushUrl(this.#options.url, { ...(held === undefined ? {} : { receiveTimeoutSeconds: held }), ...this.#options.query });
      const connection = await this.#connect(target);
      if (this.#state === 'connecting') this.#begin(target, connection);
      else connection.socket.destroy();
    } catch (error) {
      this.#over(error instanceof SluiceError ? error : rtmpError('ERR_RTMP_CLOSED', messageOf(error), error));
    }
  }

  get #timeoutMs(): number {
    return (this.#options.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS) * 1000;
  }

  /** The address that is connected to is the one that was looked at: a name may answer otherwise the next time. */
  async #connect(target: PushUrl): Promise<AcceptedConnection> {
    const { allow } = this.#options;
    const found = await lookup(target.host, { all: true }).catch((error: unknown) => {
      throw rtmpError('ERR_RTMP_CLOSED', `cannot resolve ${target.host}: ${messageOf(error)}`, error);
    });
    const addresses = found.map(({ address }) => plainAddress(address));
    const address = allow === undefined ? addresses[0] : addresses.find(allow);
    if (address === undefined) throw rtmpError('ERR_RTMP_TARGET', `${target.host} (${addresses.join(', ') || 'no address'}) may not be connected to`);
    return this.#parts.ctx.transport.connectTcp({
      name: 'rtmp/push',
      host: address,
      port: target.port,
      timeoutMs: this.#timeoutMs,
      ...(target.secure ? { tls: { servername: target.host } } : {}),
    });
  }

  #begin(target: PushUrl, connection: AcceptedConnection): void {
    this.#connection = new PushConnection(
      {
        ...this.#parts,
        path: this.path,
        target,
        timeoutMs: this.#timeoutMs,
        live: () => this.#live(),
        over: (error) => this.#over(error),
      },
      connection,
    );
  }

  #live(): void {
    this.#liveAtMs = this.#parts.ctx.clock.now();
    this.#enter('live');
  }

  /** A try is over: with an error the next one is due later, without one when the stream is there again. */
  #over(error?: SluiceError): void {
    this.#bytesBefore += this.#connection?.bytes ?? 0;
    this.#connection = undefined;
    const { clock } = this.#parts.ctx;
    const proved = clock.now() - this.#liveAtMs >= PROVED_MS;
    this.#liveAtMs = Number.POSITIVE_INFINITY;
    if (this.#state === 'stopped') return;
    if (proved || error === undefined) this.#attempt = 0;
    if (error === undefined) {
      this.#enter('idle');
      // Mostly the stream is gone and tells when it is back; where somebody ended this viewer alone, it is still there.
      this.#retry = clock.after(LOOK_AGAIN_MS, () => this.wake());
      return;
    }
    this.#lastError = { code: error.code, message: redactText(error.message) };
    const { retries = Number.POSITIVE_INFINITY, retryIntervalMs = 1000, maxRetryIntervalMs = 30_000 } = this.#options;
    if (this.#attempt > retries) {
      this.#enter('failed');
      return;
    }
    const waitMs = backOffMs(this.#attempt, { firstMs: retryIntervalMs, maxMs: maxRetryIntervalMs }, Math.random());
    this.#retry = clock.after(waitMs, () => this.#again());
    this.#enter('retrying');
  }

  #again(): void {
    if (this.#state !== 'retrying') return;
    if (this.#isThere()) void this.#try();
    else this.#enter('idle');
  }

  #enter(state: RtmpPushState): void {
    this.#state = state;
    this.#sinceMs = this.#parts.ctx.clock.wallMs();
    try {
      this.#options.onState?.(this.info());
    } catch (error) {
      this.#parts.ctx.log.error({ err: error, stream: this.path }, `who pushes failed: ${messageOf(error)}`);
    }
  }
}
