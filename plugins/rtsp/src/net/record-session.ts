import { type CloseReason, closeReason, type Frame, type Peer, type Publisher } from '@sluice/core';
import { RtpSync } from '@sluice/plugin-format-rtp';
import { chooseTracks, type SdpTrackChoice } from '../map/sdp-tracks.js';
import type { RtspUrl } from '../proto/rtsp-url.js';
import { parseSdp, type SessionDescription } from '../proto/sdp.js';
import { findControl } from '../proto/stream-control.js';
import type { MediaSession, MediumRequest, SessionOwner, StartRequest } from './media-session.js';
import { OK, type Reply } from './reply.js';
import { TrackReceiver, type TrackReceiverSink } from './track-receiver.js';
import type { DatagramPeer } from './udp-pair.js';

/** A medium that was set up: one whose packets nobody here can read has no receiver, and they are dropped. */
interface Medium {
  readonly request: MediumRequest;
  readonly receiver: TrackReceiver | undefined;
}

/** What a client announces. */
export interface Announcement {
  readonly uri: string;
  readonly url: RtspUrl;
  readonly description: SessionDescription;
  readonly tracks: readonly SdpTrackChoice[];
}

/** Reads the body of ANNOUNCE. Throws `ERR_RTSP_SDP` (400). */
export function readAnnouncement(uri: string, url: RtspUrl, body: Buffer): Announcement {
  const description = parseSdp(body.toString('utf8'));
  return { uri, url, description, tracks: chooseTracks(description, { played: false }) };
}

/** A client that publishes. It has its path from ANNOUNCE on, so that who comes second is told at once. */
export class RecordSession implements MediaSession {
  readonly #owner: SessionOwner;
  readonly #announcement: Announcement;
  readonly #publisher: Publisher;
  readonly #sync = new RtpSync();
  readonly #startedAtMs: number;
  /** By RTP channel, for a session on its connection. */
  readonly #byChannel = new Map<number, Medium>();
  readonly #media: Medium[] = [];
  readonly #leave: (() => void)[] = [];
  /** Bytes of datagrams that are not counted yet. */
  #datagramBytes = 0;
  #isRecording = false;

  private constructor(owner: SessionOwner, announcement: Announcement, publisher: Publisher) {
    this.#owner = owner;
    this.#announcement = announcement;
    this.#publisher = publisher;
    this.#startedAtMs = owner.parts.ctx.transport.now();
  }

  /** Becomes the publisher. Rejects as `Streams.publish` does. */
  static async open(owner: SessionOwner, announcement: Announcement, peer: Peer): Promise<RecordSession> {
    const { url, tracks } = announcement;
    const holdsBoth = tracks.some(({ format }) => format.encoding === 'MP2T');
    const publisher = await owner.parts.ctx.streams.publish(url.path, {
      ...peer,
      query: url.query,
      ...(holdsBoth ? {} : { expects: tracks.map(({ trackId }) => (trackId === 0 ? 'video' : 'audio')) }),
      onClose: (reason) => owner.ended(reason),
    });
    return new RecordSession(owner, announcement, publisher);
  }

  get path(): string {
    return this.#announcement.url.path;
  }

  mediumOf(uri: string): { readonly medium: number } | { readonly status: number } {
    const { media } = this.#announcement.description;
    const medium = findControl(
      uri,
      this.#announcement.uri,
      media.map(({ control }) => control),
    );
    if (medium !== undefined) return { medium };
    return { status: findControl(uri, this.#announcement.uri, ['']) === undefined ? 404 : 459 };
  }

  setUp(request: MediumRequest): number | undefined {
    const choice = this.#announcement.tracks.find(({ index }) => index === request.medium);
    const { transport } = request;
    const medium: Medium = { request, receiver: choice === undefined ? undefined : this.#makeReceiver(choice, transport.kind === 'udp') };
    if (transport.kind === 'udp') {
      if (!this.#expectDatagrams(medium)) return 461;
    } else {
      this.#byChannel.set(transport.channel, medium);
    }
    this.#media.push(medium);
    return undefined;
  }

  #makeReceiver({ format, payloadType, trackId }: SdpTrackChoice, isUdp: boolean): TrackReceiver {
    const { reorder, maxAccessUnitBytes, reportIntervalSeconds } = this.#owner.parts.config;
    const publisher = this.#publisher;
    const sink: TrackReceiverSink = {
      frame: (frame: Frame) => publisher.write(frame),
      unsupported: () => publisher.count('unsupported'),
      count: (kind, by) => publisher.count(kind, by),
    };
    const options = {
      format,
      payloadType,
      trackId,
      sync: this.#sync,
      startedAtMs: this.#startedAtMs,
      reorder: isUdp ? reorder : undefined,
      maxAccessUnitBytes,
      reportIntervalMs: reportIntervalSeconds * 1000,
    };
    return new TrackReceiver(options, sink);
  }

  /** False where another session has announced the same ports. */
  #expectDatagrams({ request, receiver }: Medium): boolean {
    const { transport, pair } = request;
    if (transport.kind !== 'udp' || pair === undefined) return false;
    const [rtpPort, rtcpPort] = transport.clientPorts;
    const peer: DatagramPeer = {
      rtp: (bytes, receivedAtMs) => {
        this.#datagramBytes += bytes.length;
        if (this.#isRecording) receiver?.rtp(bytes, receivedAtMs);
      },
      rtcp: (bytes, receivedAtMs) => {
        this.#owner.alive();
        receiver?.rtcp(bytes, receivedAtMs);
      },
      mayTake: (payloadType) => receiver?.payloadType === payloadType,
    };
    if (!pair.add({ address: this.#owner.address, rtpPort, rtcpPort }, peer)) return false;
    this.#leave.push(() => pair.remove(peer));
    return true;
  }

  start(_request: StartRequest): Promise<Reply> {
    this.#isRecording = true;
    return Promise.resolve(OK);
  }

  pause(): void {
    this.#isRecording = false;
  }

  interleaved(channel: number, payload: Buffer, receivedAtMs: number): void {
    const medium = this.#byChannel.get(channel);
    if (medium !== undefined && this.#isRecording) medium.receiver?.rtp(payload, receivedAtMs);
    else if (medium === undefined) this.#byChannel.get(channel - 1)?.receiver?.rtcp(payload, receivedAtMs);
  }

  received(bytes: number): void {
    this.#publisher.received(bytes);
  }

  drained(): void {}

  tick(receivedNowMs: number): void {
    if (this.#datagramBytes > 0) {
      this.#publisher.received(this.#datagramBytes);
      this.#datagramBytes = 0;
      this.#owner.alive();
    }
    for (const { request, receiver } of this.#media) {
      const report = receiver?.tick(receivedNowMs);
      if (report !== undefined) this.#sendReport(request, report);
    }
  }

  #sendReport({ transport, pair }: MediumRequest, report: Buffer): void {
    if (transport.kind === 'udp') {
      pair?.sendRtcp(report, this.#owner.address, transport.clientPorts[1]);
      return;
    }
    const head = Buffer.from([0x24, transport.channel + 1, 0, 0]);
    head.writeUInt16BE(report.length, 2);
    this.#owner.send(Buffer.concat([head, report]));
  }

  close(reason: CloseReason): void {
    for (const leave of this.#leave.splice(0)) leave();
    // Frames that are whole still go to those who watch.
    if (!this.#publisher.closed) for (const { receiver } of this.#media) receiver?.finish();
    void this.#publisher.close(reason.code === 'ended' ? closeReason('ended') : reason);
  }
}
