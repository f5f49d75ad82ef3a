import {
  type Cancel,
  closeReason,
  type Frame,
  type Link,
  type LinkOptions,
  messageOf,
  type Publisher,
  pullEnd,
  SluiceError,
  type TrackKind,
} from '@sluice/core';
import { rtspError } from '../errors.js';
import { type ClientUrl, MAX_REDIRECTS, redirectUrl } from '../proto/client-url.js';
import type { ClientParts } from './client-connection.js';
import { PullAttempt, type PullOwner, type PullTransport } from './pull-attempt.js';

/** A stream of another server, published here. Where UDP brings nothing it goes on by TCP; where the server is left for another one, there. */
export class RtspPull implements Link, PullOwner {
  readonly startedAtMs: number;
  readonly #parts: ClientParts;
  readonly #options: LinkOptions;
  /** Transports not yet tried, the one in use first. */
  #transports: readonly PullTransport[];
  #target: ClientUrl;
  #redirects = 0;
  #attempt: PullAttempt;
  #bytesBefore = 0;
  #deadline: Cancel;
  #publisher: Publisher | undefined;
  #isLive = false;
  #over = false;

  constructor(parts: ClientParts, options: LinkOptions, target: ClientUrl) {
    this.#parts = parts;
    this.#options = options;
    this.#target = target;
    this.#transports = transportsOf(options, target);
    this.startedAtMs = parts.ctx.transport.now();
    const { timeoutMs } = options;
    this.#deadline = parts.ctx.clock.after(timeoutMs, () => {
      this.#end(rtspError('ERR_RTSP_TIMEOUT', `nothing came within ${timeoutMs / 1000} s (${this.#attempt.where})`));
    });
    this.#attempt = this.#try();
  }

  get bytes(): number {
    return this.#bytesBefore + this.#attempt.bytes;
  }

  /** Half the time, so that the rest is left for TCP. */
  get firstPacketMs(): number | undefined {
    return this.#transports.length > 1 ? this.#options.timeoutMs / 2 : undefined;
  }

  async publish(remote: string, kinds: readonly TrackKind[]): Promise<Publisher> {
    const { path, timeoutMs, silenceMs = timeoutMs } = this.#options;
    if (this.#publisher !== undefined) return this.#publisher;
    const publisher = await this.#parts.ctx.streams.publish(path, {
      protocol: 'rtsp',
      remote,
      query: this.#target.query,
      expects: kinds,
      trusted: true,
      receiveTimeoutSeconds: silenceMs / 1000,
      onClose: (reason) => {
        this.#publisher = undefined;
        this.#end(pullEnd(reason));
      },
    });
    if (this.#over) await publisher.close(closeReason('ended'));
    else this.#publisher = publisher;
    return publisher;
  }

  frame(frame: Frame): void {
    this.#publisher?.write(frame);
    if (this.#isLive || this.#over) return;
    this.#isLive = true;
    this.#deadline();
    this.#options.onLive();
  }

  redirected(url: string): void {
    try {
      if (++this.#redirects > MAX_REDIRECTS) throw rtspError('ERR_RTSP_REDIRECT', `more than ${MAX_REDIRECTS} redirects`);
      this.#target = redirectUrl(this.#target, url);
      this.#again();
    } catch (error) {
      this.failed(error);
    }
  }

  failed(error: unknown): void {
    const code = error instanceof SluiceError ? error.code : undefined;
    if (!this.#over && this.#transports.length > 1 && code === 'ERR_RTSP_TRANSPORT') {
      this.#transports = this.#transports.slice(1);
      this.#again();
    } else this.#end(error instanceof SluiceError ? error : rtspError('ERR_RTSP_CLOSED', messageOf(error), error));
  }

  close(): void {
    this.#end();
  }

  #try(): PullAttempt {
    const { timeoutMs, allow } = this.#options;
    return new PullAttempt(this.#parts, { target: this.#target, timeoutMs, ...(allow && { allow }) }, this.#transports[0] ?? 'tcp', this);
  }

  #again(): void {
    this.#leave();
    this.#attempt = this.#try();
  }

  #leave(): void {
    this.#bytesBefore += this.#attempt.bytes;
    this.#attempt.close();
  }

  #end(error?: SluiceError): void {
    if (this.#over) return;
    this.#over = true;
    this.#deadline();
    this.#attempt.close();
    void this.#publisher?.close(error === undefined ? closeReason('ended') : closeReason('lost', error.message));
    this.#publisher = undefined;
    this.#options.onEnd(error);
  }
}

/** Media beside a TLS connection would go in the clear. */
function transportsOf({ transport = 'auto' }: LinkOptions, { secure }: ClientUrl): readonly PullTransport[] {
  if (transport === 'auto') return secure ? ['tcp'] : ['udp', 'tcp'];
  return [transport];
}
