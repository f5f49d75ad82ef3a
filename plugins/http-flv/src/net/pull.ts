import { type Cancel, closeReason, type Link, type LinkOptions, messageOf, type PluginContext, type Publisher, pullEnd, SluiceError } from '@sluice/core';
import { FlvDemuxer, type FlvMapping } from '@sluice/plugin-format-flv';
import { httpFlvError } from '../errors.js';
import type { FlvUrl } from '../proto/flv-url.js';
import { type FlvAnswer, requestFlv } from './request-flv.js';

/** The file's head, an empty "previous tag size" and the head of a tag: before that, nothing has come. */
const FIRST_TAG_BYTES = 9 + 4 + 11;

/** A stream of another server, published here from its first tag on. */
export class FlvPull implements Link {
  readonly #ctx: PluginContext;
  readonly #mappings: readonly FlvMapping[];
  readonly #options: LinkOptions;
  readonly #url: FlvUrl;
  readonly #gone = new AbortController();
  readonly #deadline: Cancel;
  #early: Buffer = Buffer.alloc(0);
  #demuxer: FlvDemuxer | undefined;
  #publisher: Publisher | undefined;
  #bytes = 0;
  #over = false;

  constructor(ctx: PluginContext, mappings: readonly FlvMapping[], options: LinkOptions, url: FlvUrl) {
    this.#ctx = ctx;
    this.#mappings = mappings;
    this.#options = options;
    this.#url = url;
    const late = httpFlvError('ERR_HTTP_FLV_TIMEOUT', `the server sent no media within ${options.timeoutMs / 1000} s`);
    this.#deadline = ctx.clock.after(options.timeoutMs, () => this.#end(late));
    void this.#request();
  }

  get bytes(): number {
    return this.#bytes;
  }

  close(): void {
    this.#end();
  }

  async #request(): Promise<void> {
    try {
      const answer = await requestFlv(this.#url, { ...this.#options, ctx: this.#ctx, signal: this.#gone.signal });
      if (this.#over) answer.response.destroy();
      else this.#read(answer);
    } catch (error) {
      this.#fail(error);
    }
  }

  #read(answer: FlvAnswer): void {
    const { response } = answer;
    response.on('data', (bytes: Buffer) => this.#receive(bytes, answer));
    response.on('error', () => response.destroy());
    response.on('close', () => this.#end(httpFlvError('ERR_HTTP_FLV_CLOSED', 'the server ended the stream')));
  }

  #receive(bytes: Buffer, answer: FlvAnswer): void {
    if (this.#over) return;
    this.#bytes += bytes.length;
    this.#publisher?.received(bytes.length);
    if (this.#demuxer !== undefined) {
      this.#demux(bytes);
      return;
    }
    this.#early = Buffer.concat([this.#early, bytes]);
    if (!'FLV'.startsWith(this.#early.toString('latin1', 0, 3)))
      this.#end(httpFlvError('ERR_HTTP_FLV_REFUSED', 'the server answered with something else than FLV'));
    else if (this.#early.length >= FIRST_TAG_BYTES) void this.#publish(answer);
  }

  /** Nothing is read until the publisher is there. */
  async #publish({ response, remote }: FlvAnswer): Promise<void> {
    response.pause();
    const { path, timeoutMs, silenceMs = timeoutMs } = this.#options;
    try {
      const publisher = await this.#ctx.streams.publish(path, {
        protocol: 'http-flv',
        remote,
        query: this.#url.query,
        trusted: true,
        receiveTimeoutSeconds: silenceMs / 1000,
        onClose: (reason) => {
          this.#publisher = undefined;
          this.#end(pullEnd(reason));
        },
      });
      this.#begin(publisher);
      response.resume();
    } catch (error) {
      this.#fail(error);
    }
  }

  #begin(publisher: Publisher): void {
    if (this.#over) {
      void publisher.close(closeReason('ended'));
      return;
    }
    this.#deadline();
    this.#publisher = publisher;
    this.#demuxer = new FlvDemuxer({
      mappings: this.#mappings,
      onTrack: (track) => publisher.setTrack(track),
      onMetadata: (_metadata, kinds) => publisher.expect(kinds),
      onIgnored: (reason) => publisher.count(`ignored-${reason}`),
      onFrame: (frame) => publisher.write(frame),
    });
    this.#options.onLive();
    publisher.received(this.#early.length);
    this.#demux(this.#early);
    this.#early = Buffer.alloc(0);
  }

  #demux(bytes: Buffer): void {
    try {
      this.#demuxer?.receive(bytes);
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#end(error instanceof SluiceError ? error : httpFlvError('ERR_HTTP_FLV_CLOSED', messageOf(error), error));
  }

  #end(error?: SluiceError): void {
    if (this.#over) return;
    this.#over = true;
    this.#deadline();
    this.#gone.abort();
    void this.#publisher?.close(error === undefined ? closeReason('ended') : closeReason('lost', error.message));
    this.#publisher = undefined;
    this.#options.onEnd(error);
  }
}
