import { type CloseReason, closeReason, type LocatedStream, socketSink, type Viewer, type ViewerSink } from '@sluice/core';
import { sdpFormat, serializeGoodbye } from '@sluice/plugin-format-rtp';
import type { HeaderList } from '@sluice/plugin-wire-text';
import { describableTracks } from '../map/describe-stream.js';
import type { ChannelMap } from '../map/rtp-form.js';
import { type Beginning, beginningsOf } from '../map/rtp-info.js';
import type { RtspUrl } from '../proto/rtsp-url.js';
import { parsePlayControl } from '../proto/stream-control.js';
import { type DatagramRoute, DatagramSink } from './datagram-sink.js';
import type { MediaSession, MediumRequest, SessionOwner, StartRequest } from './media-session.js';
import { OK, type Reply } from './reply.js';
import { rtpFormOf } from './server-parts.js';
import type { DatagramEnds, DatagramPeer } from './udp-pair.js';

const NOTHING = Buffer.alloc(0);

/** A client that plays: the media it set up, and its viewer while it plays. */
export class PlaySession implements MediaSession {
  readonly #owner: SessionOwner;
  readonly #stream: LocatedStream;
  readonly #url: RtspUrl;
  /** By track id. */
  readonly #media = new Map<number, MediumRequest>();
  #viewer: Viewer | undefined;
  #sink: DatagramSink | undefined;
  #beginnings: ReadonlyMap<number, Beginning> = new Map();
  /** Takes its receiver reports off shared ports. */
  readonly #leave: (() => void)[] = [];
  #closed = false;

  constructor(owner: SessionOwner, stream: LocatedStream, url: RtspUrl) {
    this.#owner = owner;
    this.#stream = stream;
    this.#url = url;
  }

  get path(): string {
    return this.#url.path;
  }

  mediumOf(uri: string): { readonly medium: number } | { readonly status: number } {
    const { path, trackId } = parsePlayControl(uri);
    if (path !== this.#url.path) return { status: 455 };
    const tracks = describableTracks(this.#stream);
    const medium = trackId ?? (tracks.length === 1 ? tracks[0]?.id : undefined);
    // The URL of the whole stream sets up no single one of its tracks.
    if (medium === undefined) return { status: 459 };
    return tracks.some(({ id }) => id === medium) ? { medium } : { status: 404 };
  }

  setUp(request: MediumRequest): undefined {
    this.#media.set(request.medium, request);
    // Whose receiver reports come from elsewhere, or from ports that somebody else has, keeps its session by requests.
    const { transport, pair } = request;
    if (transport.kind !== 'udp' || pair === undefined) return;
    const alive = (): void => this.#owner.alive();
    // What comes to the RTP port opens the way through a NAT.
    const peer: DatagramPeer = { rtp: alive, rtcp: alive };
    if (pair.add(this.#endsOf(transport.clientPorts), peer)) this.#leave.push(() => pair.remove(peer));
  }

  #endsOf([rtpPort, rtcpPort]: readonly [number, number]): DatagramEnds {
    return { address: this.#owner.address, rtpPort, rtcpPort };
  }

  async start({ peer, answer }: StartRequest): Promise<Reply | undefined> {
    if (this.#viewer !== undefined) return OK;
    const channels = this.#channels();
    const sink = this.#makeSink(channels);
    const viewer = await this.#owner.parts.ctx.streams.view(this.#url.path, {
      ...peer,
      query: this.#url.query,
      form: rtpFormOf(channels, this.#stream.tracks, this.#owner.parts),
      sink,
      preamble: (_tracks, first) => this.#preamble(answer, channels, first),
      signal: this.#owner.signal,
    });
    this.#viewer = viewer;
    if (this.#closed || this.#owner.signal.aborted) this.close(closeReason('lost'));
    return undefined;
  }

  /** A connection's channels are as its client asked; datagrams have none, so that theirs are those most connections have. */
  #channels(): ChannelMap {
    const media = [...this.#media.values()].sort((a, b) => a.medium - b.medium);
    return new Map(media.map(({ medium, transport }, index) => [medium, transport.kind === 'tcp' ? transport.channel : 2 * index]));
  }

  #makeSink(channels: ChannelMap): ViewerSink {
    const routes = new Map<number, DatagramRoute>();
    for (const { medium, transport, pair } of this.#media.values()) {
      if (transport.kind === 'udp' && pair !== undefined) routes.set(channels.get(medium) ?? 0, { pair, ends: this.#endsOf(transport.clientPorts) });
    }
    const end = (reason: CloseReason): void => this.#end(reason);
    if (routes.size === 0) return socketSink(this.#owner.socket, end);
    this.#sink = new DatagramSink(routes, this.#owner.parts.ctx.clock, { end, drained: () => this.#viewer?.drained() });
    return this.#sink;
  }

  /** The answer to PLAY, which must be there before the first packet. */
  #preamble(answer: StartRequest['answer'], channels: ChannelMap, first: readonly Buffer[]): Buffer {
    this.#beginnings = beginningsOf(first, this.#clockRates(channels));
    const rtpInfo = [...this.#media.values()].flatMap(({ medium, uri }) => {
      const beginning = this.#beginnings.get(channels.get(medium) ?? -1);
      // Without `seq`: GStreamer that knows the first packet shows it at once, before the reports have lined up the tracks.
      return beginning === undefined ? [] : [`url=${uri};rtptime=${beginning.timestamp}`];
    });
    const headers: HeaderList = [['range', 'npt=now-'], ...(rtpInfo.length === 0 ? [] : [['rtp-info', rtpInfo.join(',')] as const])];
    const bytes = answer(headers);
    if (this.#sink === undefined) return bytes;
    this.#owner.send(bytes);
    return NOTHING;
  }

  #clockRates(channels: ChannelMap): ReadonlyMap<number, number> {
    const rates = new Map<number, number>();
    for (const track of this.#stream.tracks) {
      const channel = channels.get(track.id);
      const clockRate = Number(sdpFormat(track)?.rtpmap.split('/')[1]);
      if (channel !== undefined && clockRate > 0) rates.set(channel, clockRate);
    }
    return rates;
  }

  pause(): void {
    this.#stop(closeReason('ended'));
  }

  #stop(reason: CloseReason): void {
    this.#sink?.close();
    this.#sink = undefined;
    this.#viewer?.close(reason);
    this.#viewer = undefined;
  }

  /** The engine ended the viewer. */
  #end(reason: CloseReason): void {
    this.#viewer = undefined;
    this.#sayGoodbye();
    this.#owner.ended(reason);
  }

  /** RFC 3550 6.6: the one way to tell a player of datagrams. */
  #sayGoodbye(): void {
    for (const [channel, { ssrc }] of this.#beginnings) {
      for (const { medium, transport, pair } of this.#media.values()) {
        if (transport.kind === 'udp' && this.#channels().get(medium) === channel) {
          pair?.sendRtcp(serializeGoodbye([ssrc]), this.#owner.address, transport.clientPorts[1]);
        }
      }
    }
  }

  interleaved(): void {
    // Receiver reports: that the connection lives is known without them.
  }

  received(bytes: number): void {
    this.#viewer?.received(bytes);
  }

  drained(): void {
    if (this.#sink === undefined) this.#viewer?.drained();
  }

  tick(): void {}

  close(reason: CloseReason): void {
    this.#closed = true;
    this.#stop(reason);
    for (const leave of this.#leave.splice(0)) leave();
  }
}
