import { type Cancel, closeReason, type Link, type LinkOptions, messageOf, SluiceError, type Track, type Viewer } from '@sluice/core';
import { rtspError } from '../errors.js';
import { describableTracks, describeStream, rtpOutput } from '../map/describe-stream.js';
import { type ClientUrl, MAX_REDIRECTS, redirectUrl } from '../proto/client-url.js';
import { controlOf } from '../proto/stream-control.js';
import type { TransportSpec } from '../proto/transport-header.js';
import { type ClientParts, type ClientUse, RtspClientConnection } from './client-connection.js';
import { type PushWay, TcpWay, UdpWay } from './push-way.js';
import { rtpFormOf } from './server-parts.js';

/** A stream of ours on its way to another server: one of its viewers. Over TCP, where UDP is not asked for. */
export class RtspPush implements Link, ClientUse {
  readonly #parts: ClientParts;
  readonly #options: LinkOptions;
  #target: ClientUrl;
  #redirects = 0;
  #description = '';
  readonly #waiting = new AbortController();
  readonly #channels = new Map<number, number>();
  readonly #way: PushWay;
  #deadline: Cancel;
  #tracks: readonly Track[] = [];
  #connection: RtspClientConnection | undefined;
  #viewer: Viewer | undefined;
  #over = false;

  constructor(parts: ClientParts, options: LinkOptions, target: ClientUrl) {
    this.#parts = parts;
    this.#options = options;
    this.#target = target;
    const { timeoutMs } = options;
    this.#deadline = parts.ctx.clock.after(timeoutMs, () =>
      this.#fail(rtspError('ERR_RTSP_TIMEOUT', `not begun within ${timeoutMs / 1000} s (${this.#where})`)),
    );
    this.#way = options.transport === 'udp' ? new UdpWay(parts) : new TcpWay();
    void this.#describe();
  }

  get bytes(): number {
    return (this.#connection?.bytes ?? 0) + this.#way.datagramBytes;
  }

  get #where(): string {
    return this.#connection?.where ?? 'the stream has no tracks';
  }

  /** The server took the description. */
  described(): void {
    void this.#setUp();
  }

  trackSetUp(index: number, transport: TransportSpec): void {
    const track = this.#tracks[index];
    if (track !== undefined) this.#channels.set(track.id, this.#way.agreed(index, transport, this.#connection?.address ?? ''));
  }

  ready(): void {
    this.#connection?.start();
  }

  started(): void {
    void this.#view();
  }

  redirected(url: string): void {
    try {
      if (++this.#redirects > MAX_REDIRECTS) throw rtspError('ERR_RTSP_REDIRECT', `more than ${MAX_REDIRECTS} redirects`);
      // A stream that is on its way already goes there with a new try.
      if (this.#viewer !== undefined) throw rtspError('ERR_RTSP_REDIRECT', 'the server wants the stream elsewhere');
      this.#target = redirectUrl(this.#target, url);
      this.#connection?.close();
      this.#connect();
    } catch (error) {
      this.#fail(error);
    }
  }

  received(bytes: number): void {
    this.#viewer?.received(bytes);
  }

  drained(): void {
    if (this.#way.isStream) this.#viewer?.drained();
  }

  failed(error: SluiceError): void {
    this.#end(error);
  }

  close(): void {
    this.#end();
  }

  /** What the stream has is told first, so that it must be there. */
  async #describe(): Promise<void> {
    try {
      const wanted = { trusted: true, start: 'now', output: rtpOutput, signal: this.#waiting.signal } as const;
      const subscription = await this.#parts.ctx.streams.subscribe(this.#options.path, wanted);
      const stream = { path: subscription.path, tracks: subscription.tracks };
      subscription.close();
      if (this.#over) return;
      this.#tracks = describableTracks(stream);
      this.#description = describeStream(stream);
      this.#connect();
    } catch (error) {
      this.#fail(error);
    }
  }

  #connect(): void {
    const { timeoutMs, allow } = this.#options;
    const task = { target: this.#target, announce: this.#description, timeoutMs, ...(allow && { allow }) };
    this.#connection = new RtspClientConnection(this.#parts, task, this);
  }

  async #setUp(): Promise<void> {
    try {
      const offers = await this.#way.offers(this.#tracks.length);
      this.#connection?.setUp(
        this.#tracks.flatMap(({ id }, index) => {
          const offer = offers[index];
          return offer === undefined ? [] : [{ control: controlOf(id), transport: { ...offer, mode: 'RECORD' } }];
        }),
      );
    } catch (error) {
      this.#fail(error);
    }
  }

  async #view(): Promise<void> {
    const connection = this.#connection?.open;
    if (connection === undefined) return;
    try {
      const viewer = await this.#parts.ctx.streams.view(this.#options.path, {
        protocol: 'rtsp',
        remote: connection.remote,
        userAgent: 'push',
        trusted: true,
        form: rtpFormOf(this.#channels, this.#tracks, this.#parts),
        sink: this.#way.sink(connection.socket, {
          end: ({ code }) => (code === 'slow' ? this.#tooSlow() : this.close()),
          drained: () => this.#viewer?.drained(),
        }),
        signal: this.#waiting.signal,
      });
      if (this.#over) {
        viewer.close(closeReason('ended'));
        return;
      }
      this.#viewer = viewer;
      this.#deadline();
      this.#options.onLive();
    } catch (error) {
      this.#fail(error);
    }
  }

  #tooSlow(): void {
    this.#fail(rtspError('ERR_RTSP_TIMEOUT', `the server is too slow (${this.#where})`));
  }

  /** A stream that is gone is no failure. */
  #fail(error: unknown): void {
    if (error instanceof SluiceError && error.status === 404) this.#end();
    else this.#end(error instanceof SluiceError ? error : rtspError('ERR_RTSP_CLOSED', messageOf(error), error));
  }

  #end(error?: SluiceError): void {
    if (this.#over) return;
    this.#over = true;
    this.#deadline();
    this.#waiting.abort();
    this.#viewer?.close(closeReason('ended'));
    this.#viewer = undefined;
    this.#connection?.close();
    this.#way.close();
    this.#options.onEnd(error);
  }
}
