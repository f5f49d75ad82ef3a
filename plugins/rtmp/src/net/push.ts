import { closeReason, type Link, type LinkOptions, SluiceError, socketSink, type Viewer } from '@sluice/core';
import { publishPreamble, rtmpFormOf } from '../map/rtmp-form.js';
import type { RtmpUrl } from '../proto/rtmp-url.js';
import { ClientConnection, type ClientParts, type ClientUse } from './client-connection.js';

/** A stream of ours on its way to another server: one of its viewers. */
export class RtmpPush implements Link, ClientUse {
  readonly purpose = 'publish';
  readonly target: RtmpUrl;
  readonly timeoutMs: number;
  readonly #parts: ClientParts;
  readonly #options: LinkOptions;
  readonly #connection: ClientConnection;
  readonly #waiting = new AbortController();
  #viewer: Viewer | undefined;

  constructor(parts: ClientParts, options: LinkOptions, target: RtmpUrl) {
    this.#parts = parts;
    this.#options = options;
    this.target = target;
    this.timeoutMs = options.timeoutMs;
    this.#connection = new ClientConnection(parts, this);
  }

  get allow(): ClientUse['allow'] {
    return this.#options.allow;
  }
  get bytes(): number {
    return this.#connection.bytes;
  }

  started(streamId: number): void {
    void this.#view(streamId);
  }

  received(bytes: number): void {
    this.#viewer?.received(bytes);
  }

  drained(): void {
    this.#viewer?.drained();
  }

  close(): void {
    this.#connection.close();
  }

  over(error?: SluiceError): void {
    this.#waiting.abort();
    this.#viewer?.close(closeReason('ended'));
    this.#viewer = undefined;
    this.#options.onEnd(error);
  }

  async #view(streamId: number): Promise<void> {
    const { open } = this.#connection;
    if (open === undefined) return;
    const { query } = this.target;
    try {
      const viewer = await this.#parts.ctx.streams.view(this.#options.path, {
        protocol: 'rtmp',
        remote: open.remote,
        userAgent: 'push',
        trusted: true,
        form: rtmpFormOf(query, streamId),
        preamble: (tracks) => publishPreamble(tracks, query, streamId),
        sink: socketSink(open.socket, ({ code }) => (code === 'slow' ? this.#connection.tooSlow() : this.close())),
        signal: this.#waiting.signal,
      });
      if (this.#connection.over) {
        viewer.close(closeReason('ended'));
        return;
      }
      this.#viewer = viewer;
      this.#connection.settle();
      this.#options.onLive();
    } catch (error) {
      // The stream went while the server was being asked.
      if (error instanceof SluiceError && error.status === 404) this.close();
      else this.#connection.fail(error);
    }
  }
}
