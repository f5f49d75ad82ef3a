import { closeReason, type Link, type LinkOptions, type Publisher, pullEnd, type SluiceError } from '@sluice/core';
import { type FlvMapping, FlvTagParser } from '@sluice/plugin-format-flv';
import { RtmpType } from '../proto/message.js';
import type { RtmpUrl } from '../proto/rtmp-url.js';
import { ClientConnection, type ClientParts, type ClientUse } from './client-connection.js';

type Media = readonly [type: number, timestampMs: number, body: Buffer];

/** More data than this before the first picture or sound is forgotten. */
const MAX_EARLY_DATA = 8;

/** A stream of another server, published here from its first picture or sound on. */
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
  /** What came until there is a publisher: data, and what came in one piece with the first picture or sound. */
  #early: Media[] = [];
  #begun = false;

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

  /** Sound or picture begins it. Data alone does not: nginx sends some to players of streams that it has not got. */
  media(...media: Media): void {
    if (this.#publisher !== undefined) {
      this.#write(media);
      return;
    }
    this.#early.push(media);
    if (this.#begun) return;
    if (media[0] !== RtmpType.data) void this.#publish();
    else if (this.#early.length > MAX_EARLY_DATA) this.#early.shift();
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
    this.#begun = true;
    const { open } = this.#connection;
    if (open === undefined) return;
    open.socket.pause();
    try {
      const publisher = await this.#parts.ctx.streams.publish(this.#options.path, {
        protocol: 'rtmp',
        remote: open.remote,
        query: this.target.query,
        trusted: true,
        receiveTimeoutSeconds: (this.#options.silenceMs ?? this.timeoutMs) / 1000,
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
