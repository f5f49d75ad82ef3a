import type { Cancel, Frame, Publisher, SluiceError, TrackKind } from '@sluice/core';
import { RtpSync } from '@sluice/plugin-format-rtp';
import { rtspError } from '../errors.js';
import { chooseTracks, type SdpTrackChoice } from '../map/sdp-tracks.js';
import type { SessionDescription } from '../proto/sdp.js';
import type { TransportSpec } from '../proto/transport-header.js';
import { type ClientParts, type ClientTask, type ClientUse, RtspClientConnection } from './client-connection.js';
import { type PulledTrack, TcpTrack, UdpTrack } from './pulled-track.js';
import { TrackReceiver, type TrackReceiverSink } from './track-receiver.js';

/** How the packets of an attempt come. */
export type PullTransport = 'udp' | 'tcp';

/** Whose attempt it is. */
export interface PullOwner {
  /** How long the first packet over UDP is waited for, in milliseconds; `undefined` where there is nothing else to try. */
  readonly firstPacketMs: number | undefined;
  /** When the time of its stream began: monotonic ms. The same for all attempts, so that time goes on from one to the next. */
  readonly startedAtMs: number;
  /** Gets the publisher. Rejects as `Streams.publish`. */
  publish(remote: string, kinds: readonly TrackKind[]): Promise<Publisher>;
  frame(frame: Frame): void;
  redirected(url: string): void;
  /** It is over; called once, and not after `close`. */
  failed(error: unknown): void;
}

const TICK_MS = 100;

/** One session with a server: its connection, its tracks, and the ports where their packets come. */
export class PullAttempt implements ClientUse, TrackReceiverSink {
  readonly #parts: ClientParts;
  readonly #task: ClientTask;
  readonly #transport: PullTransport;
  readonly #owner: PullOwner;
  readonly #connection: RtspClientConnection;
  readonly #sync = new RtpSync();
  #choices: readonly SdpTrackChoice[] = [];
  /** Kinds that will come. */
  readonly #kinds: TrackKind[] = [];
  #tracks: readonly PulledTrack[] = [];
  #publisher: Publisher | undefined;
  #firstPacket: Cancel | undefined;
  #tick: Cancel | undefined;
  #datagramBytes = 0;
  #closed = false;

  constructor(parts: ClientParts, task: ClientTask, transport: PullTransport, owner: PullOwner) {
    this.#parts = parts;
    this.#task = task;
    this.#transport = transport;
    this.#owner = owner;
    this.#connection = new RtspClientConnection(parts, task, this);
  }

  /** Bytes of connection and datagrams. */
  get bytes(): number {
    return this.#connection.bytes + this.#datagramBytes;
  }

  /** Where it stands, for messages to people. */
  get where(): string {
    return this.#connection.where;
  }

  described(description: SessionDescription | undefined): void {
    const choices = description === undefined ? [] : chooseTracks(description, { played: true });
    if (choices.length === 0)
      throw rtspError('ERR_RTSP_NO_TRACK', `nothing that can be read: ${description?.media.map(({ kind }) => kind).join(', ') || 'no media'}`);
    this.#choices = choices;
    void this.#setUp(choices);
  }

  trackSetUp(index: number, transport: TransportSpec): void {
    this.#tracks[index]?.open(transport, this.#connection.address, this.#task.allow);
    const choice = this.#choices[index];
    // What is in a byte stream it says itself.
    const isByteStream = choice === undefined || ['MP2T', 'PS'].includes(choice.format.encoding);
    if (!isByteStream) this.#kinds.push(choice.trackId === 0 ? 'video' : 'audio');
  }

  ready(): void {
    void this.#publish();
  }

  started(): void {
    const { clock, transport } = this.#parts.ctx;
    this.#tick = clock.every(TICK_MS, () => {
      for (const track of this.#tracks) track.tick(transport.now());
    });
    const waitMs = this.#transport === 'udp' ? this.#owner.firstPacketMs : undefined;
    if (waitMs === undefined) return;
    this.#firstPacket = clock.after(waitMs, () => {
      if (this.#datagramBytes > 0) return;
      this.close();
      this.#owner.failed(rtspError('ERR_RTSP_TRANSPORT', `no packet came over UDP within ${waitMs / 1000} s`));
    });
  }

  redirected(url: string): void {
    this.#owner.redirected(url);
  }

  interleaved(channel: number, payload: Buffer): void {
    const nowMs = this.#parts.ctx.transport.now();
    for (const track of this.#tracks) if (track.interleaved(channel, payload, nowMs)) return;
  }

  received(bytes: number): void {
    this.#publisher?.received(bytes);
  }

  frame(frame: Frame): void {
    if (!this.#closed) this.#owner.frame(frame);
  }

  unsupported(codec: string): void {
    this.#parts.ctx.log.warn({ codec, remote: this.#connection.open?.remote }, 'codec not supported');
  }

  count(kind: string, by: number): void {
    this.#publisher?.count(kind, by);
  }

  failed(error: SluiceError): void {
    if (this.#closed) return;
    this.#release();
    this.#owner.failed(error);
  }

  /** Ends it; the server is told. Nothing more is told to the owner. */
  close(): void {
    if (this.#closed) return;
    this.#release();
    this.#connection.close();
  }

  async #setUp(choices: readonly SdpTrackChoice[]): Promise<void> {
    const tracks: PulledTrack[] = [];
    try {
      for (const [index, choice] of choices.entries()) tracks.push(await this.#track(choice, index));
    } catch (error) {
      this.#connection.fail(error);
    }
    // The ports of those that were bound meanwhile, too.
    if (this.#closed) for (const track of tracks) track.close();
    this.#tracks = this.#closed ? [] : tracks;
    this.#connection.setUp(this.#tracks.map(({ control, offer }) => ({ control, transport: offer })));
  }

  async #track(choice: SdpTrackChoice, index: number): Promise<PulledTrack> {
    const { ctx, config } = this.#parts;
    const { format, payloadType, trackId, media } = choice;
    const isUdp = this.#transport === 'udp';
    const receiver = new TrackReceiver(
      {
        format,
        payloadType,
        trackId,
        sync: this.#sync,
        startedAtMs: this.#owner.startedAtMs,
        reorder: isUdp ? config.reorder : undefined,
        maxAccessUnitBytes: config.maxAccessUnitBytes,
        reportIntervalMs: config.reportIntervalSeconds * 1000,
      },
      this,
    );
    if (!isUdp) return new TcpTrack(media.control, receiver, 2 * index, (bytes) => this.#connection.send(bytes));
    return UdpTrack.bind(ctx, config, media.control, receiver, (bytes) => this.#datagram(bytes));
  }

  #datagram(bytes: number): void {
    this.#datagramBytes += bytes;
    this.received(bytes);
  }

  async #publish(): Promise<void> {
    const connection = this.#connection.open;
    if (connection === undefined) return;
    try {
      this.#publisher = await this.#owner.publish(connection.remote, this.#kinds);
      this.#connection.start();
    } catch (error) {
      this.#connection.fail(error);
    }
  }

  #release(): void {
    this.#firstPacket?.();
    this.#tick?.();
    this.#releaseTracks();
    this.#closed = true;
  }

  #releaseTracks(): void {
    for (const track of this.#tracks) track.close();
    this.#tracks = [];
  }
}
