import { closeReason, type Link, type LinkOptions, type Publisher, pullEnd, type SluiceError } from '@sluice/core';
import { type FlvMapping, FlvTagParser } from '@sluice/plugin-format-flv';
import type { RtmpUrl } from '../proto/rtmp-url.js';
import { ClientConnection, type ClientParts, type ClientUse } from './client-connection.js';

type Media = readonly [type: number, timestampMs: number, body: Buffer];

/** A stream of another server, published here from its first message on. */
export class RtmpPull implements Link, ClientUse {
  readonly purpose = 'play';
  readonly target: RtmpUrl;
  readonly timeoutMs: number;
  readonly #parts: ClientParts;
  readonly #mappings: readonly FlvMapping[];
  readonly #options: LinkOptions;
  readonly #connection: ClientConnection;
  #publisher: Publisher | undefined;
  #parser: FlvTagParser | undefined;
  /** What came in one piece with the first message, until there is a publisher. */
  #early: Media[] = [];

  constructor(parts: ClientParts, mappings: readonly FlvMapping[], options: LinkOptions, target: RtmpUrl) {
    this.#parts = parts;
    this.#mappings = mappings;
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

  /** Servers say so for streams that they have not got, too: only media counts. */
  started(): void {}

  received(bytes: number): void {
    this.#publisher?.received(bytes);
  }

  media(...media: Media): void {
    if (this.#publisher !== undefined) this.#write(media);
    else if (this.#early.push(media) === 1) void this.#publish();
  }

  close(): void {
    this.#connection.close();
  }

  over(error?: SluiceError): void {
    void this.#publisher?.close(error === undefined ? closeReason('ended') : closeReason('lost', error.message));
    this.#publisher = undefined;
    this.#options.onEnd(error);
  }

  #write(media: Media): void {
    const frame = this.#parser?.receive(...media);
    if (frame !== undefined) this.#publisher?.write(frame);
  }

  /** Nothing is read until the publisher is there. */
  async #publish(): Promise<void> {
    const { open } = this.#connection;
    if (open === undefined) return;
    open.socket.pause();
    try {
      const publisher = await this.#parts.ctx.streams.publish(this.#options.path, {
        protocol: 'rtmp',
        remote: open.remote,
        query: this.target.query,
        trusted: true,
        receiveTimeoutSeconds: this.timeoutMs / 1000,
        onClose: (reason) => {
          this.#publisher = undefined;
          const error = pullEnd(reason);
          if (error === undefined) this.close();
          else this.#connection.fail(error);
        },
      });
      this.#begin(publisher);
      open.socket.resume();
    } catch (error) {
      this.#connection.fail(error);
    }
  }

  #begin(publisher: Publisher): void {
    if (this.#connection.over) {
      void publisher.close(closeReason('ended'));
      return;
    }
    this.#publisher = publisher;
    this.#parser = new FlvTagParser({
      mappings: this.#mappings,
      onTrack: (track) => publisher.setTrack(track),
      onMetadata: (_metadata, kinds) => publisher.expect(kinds),
      onIgnored: (reason) => publisher.count(`ignored-${reason}`),
    });
    this.#connection.settle();
    this.#options.onLive();
    for (const media of this.#early.splice(0)) this.#write(media);
  }
}
