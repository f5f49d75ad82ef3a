import { type Cancel, type CloseReason, closeReason, messageOf, type PluginContext, type Publisher, SluiceError } from '@sluice/core';
import type { RtpPacket } from '@sluice/plugin-format-rtp';
import type { RtpPsConfig } from '../config.js';
import { rtpPsError } from '../errors.js';
import type { PayloadFormats } from '../proto/payload-formats.js';
import type { LockedSource } from '../proto/source-lock.js';
import type { ReceiverOptions, ReceiverStats, RtpTransport } from '../service.js';
import { Connector } from './connector.js';
import { FrameGate } from './frame-gate.js';
import type { DatagramWays, PacketSource } from './packet-source.js';
import { Reception } from './reception.js';
import type { RtpRecorder } from './rtp-recorder.js';
import { TcpSource, type TcpSourceContext } from './tcp-source.js';

/** What a lease needs around it. */
export interface LeaseDeps {
  readonly ctx: PluginContext;
  readonly config: RtpPsConfig;
  readonly formats: PayloadFormats;
  readonly recorder: RtpRecorder | undefined;
  readonly connections: TcpSourceContext;
  /** Calls the lease's `tracksReady` when the tracks of its stream are known. */
  readonly awaitTracks: (lease: Lease) => void;
  /** The lease is over: forget it. Called once. */
  readonly release: (lease: Lease) => void;
}

/** How a lease begins. */
export type LeaseOptions = Omit<ReceiverOptions, 'ssrc' | 'payloadMap' | 'sdp'> & { readonly trusted: boolean };

/** A sender that closed its connection may come again within this. */
const RECONNECT_MS = 2000;
/** Packets in which nothing known was found: it will not be. */
const PACKETS_TO_RECOGNISE = 500;
/** Packets but no frame: so many receive timeouts are waited for a key frame. */
const TIMEOUTS_WITHOUT_FRAME = 3;

/** What is waited for or received: from its first packet to the end of its stream. */
export class Lease {
  readonly path: string;
  readonly remoteHint: string | undefined;
  readonly transport: RtpTransport;
  readonly live: Promise<void>;
  readonly #options: LeaseOptions;
  readonly #deps: LeaseDeps;
  readonly #reception: Reception;
  readonly #gate: FrameGate;
  readonly #timeoutSeconds: number;
  readonly #onOver: (() => void)[] = [];
  #resolveLive: () => void = () => {};
  #rejectLive: (error: SluiceError) => void = () => {};
  #openedAtMs: number;
  #heardAtMs: number;
  #held = false;
  #awaitsTracks = false;
  #expected = 0;
  #warned = false;
  #connector: Connector | undefined;
  #cancelReconnect: Cancel | undefined;
  #over: CloseReason | undefined;

  constructor(options: LeaseOptions, deps: LeaseDeps) {
    const { ctx, config, formats, recorder } = deps;
    this.path = options.path;
    this.remoteHint = options.remoteHint;
    this.transport = options.transport;
    this.#options = options;
    this.#deps = deps;
    this.#openedAtMs = ctx.clock.now();
    this.#heardAtMs = this.#openedAtMs;
    this.#timeoutSeconds = options.receiveTimeoutSeconds ?? config.receiveTimeoutSeconds;
    this.live = new Promise((resolve, reject) => {
      this.#resolveLive = resolve;
      this.#rejectLive = reject;
    });
    // Who waits sees it; that nobody does is no error.
    this.live.catch(() => {});
    this.#gate = new FrameGate({ publish: () => this.#publish(), live: () => this.#published(), refused: (error) => this.#refused(error) });
    const relearnMs = (this.#timeoutSeconds * 1000) / 2;
    this.#reception = new Reception(
      ctx,
      config,
      { keepsSsrc: options.port === 'range', formats, relearnMs, recorder },
      {
        frame: (frame) => this.#gate.write(frame),
        received: (bytes) => this.#gate.received(bytes),
        started: (remote) => options.onFirstPacket?.(remote),
        senderGone: () => this.#senderGone(),
        unsupported: (codec) => ctx.log.warn({ stream: this.path, codec }, 'codec not supported'),
        unreadable: (error) => ctx.log.warn({ stream: this.path, error }, 'parameters of the session description cannot be read'),
        privatePayload: (packet) => this.#privatePayload(packet),
      },
    );
  }

  /** No packet came yet. */
  get isPending(): boolean {
    return this.#reception.packets === 0;
  }

  /** It has a port of its own. */
  get isDedicated(): boolean {
    return this.#options.port === 'range';
  }

  /** A connection is attached. */
  get isAttached(): boolean {
    return this.#reception.isAttached;
  }

  /** When something came last (`clock.now()`), or `undefined` where nothing did. */
  get lastHeardMs(): number | undefined {
    return this.isPending ? undefined : this.#heardAtMs;
  }

  /** As `Reception.receiveDatagram`. */
  receiveDatagram(packet: RtpPacket, bytes: Buffer, address: string, port: number, receivedAtMs: number): void {
    if (this.#over !== undefined) return;
    this.#reception.receiveDatagram(packet, bytes, address, port, receivedAtMs);
    this.#checkRecognised();
  }

  /** As `Reception.receiveFramed`. */
  receiveFramed(packet: RtpPacket, bytes: Buffer, receivedAtMs: number): void {
    if (this.#over !== undefined) return;
    this.#reception.receiveFramed(packet, bytes, receivedAtMs);
    this.#checkRecognised();
  }

  /** As `Reception.receiveControl`. */
  receiveControl(bytes: Buffer, address: string, port: number, muxed: boolean, receivedAtMs: number): void {
    if (this.#over === undefined) this.#reception.receiveControl(bytes, address, port, muxed, receivedAtMs);
  }

  /** As `Reception.receiveFramedControl`. */
  receiveFramedControl(bytes: Buffer, receivedAtMs: number): void {
    if (this.#over === undefined) this.#reception.receiveFramedControl(bytes, receivedAtMs);
  }

  /** As `Reception.useWays`. */
  useWays(ways: DatagramWays): void {
    this.#reception.useWays(ways);
  }

  /** As `Reception.admits`. */
  admits(packet: RtpPacket, source: LockedSource, receivedAtMs: number): boolean {
    return this.#over === undefined && this.#reception.admits(packet, source, receivedAtMs);
  }

  /** As `Reception.attach`. */
  attach(source: PacketSource): void {
    this.#cancelReconnect?.();
    if (this.#over === undefined) this.#reception.attach(source);
    else source.cut();
  }

  /** As `Reception.detach`. */
  detach(source: PacketSource): void {
    this.#reception.detach(source);
  }

  /** As `Reception.resynced`. */
  resynced(): void {
    this.#reception.resynced();
  }

  /** As `Reception.setFormats`. */
  setFormats(formats: PayloadFormats, doubted: ReadonlySet<number>): void {
    if (this.#over === undefined) this.#reception.setFormats(formats, doubted);
  }

  /** The tracks of its stream are known. */
  tracksReady(): void {
    this.#awaitsTracks = false;
    this.#resolveLive();
  }

  /** As `Reception.relearn`. */
  relearn(): void {
    this.#reception.relearn();
  }

  /** As `Reception.letGo`. */
  letGo(): void {
    this.#reception.letGo();
  }

  /** As `Receiver.hold`. */
  hold(on: boolean): void {
    this.#held = on;
    this.#stayAlive(this.#deps.ctx.clock.now());
  }

  stats(): ReceiverStats {
    return this.#reception.stats();
  }

  /** As `Receiver.connect`. */
  async connect(host: string, port: number): Promise<void> {
    if (this.#options.transport !== 'tcp-active') throw rtpPsError('ERR_RTP_TRANSPORT', 'only a receiver of transport tcp-active connects');
    if (this.#over !== undefined) throw rtpPsError('ERR_RTP_ENDED', 'the receiver ended');
    this.#connector?.stop();
    const connector = new Connector(this.#deps.ctx, host, port);
    this.#connector = connector;
    try {
      await this.#connect(connector, false);
    } catch (error) {
      if (error instanceof SluiceError && error.code === 'ERR_RTP_CONNECT') this.#fail(closeReason('lost', error.message));
      throw error;
    }
  }

  /** To be called a few times a second: late packets, timeouts, health counts. */
  tick(nowMs: number, receivedNowMs: number): void {
    if (this.#reception.tick(receivedNowMs)) this.#heardAtMs = nowMs;
    if (this.#held) this.#stayAlive(nowMs);
    const { publisher } = this.#gate;
    if (publisher !== undefined) this.#reception.report(publisher);
    if (publisher !== undefined && this.#awaitsTracks) this.#expect(publisher);
    this.#checkTimeout(nowMs, publisher === undefined);
  }

  /** Runs when it is over, at once where it is already. */
  onOver(run: () => void): void {
    if (this.#over === undefined) this.#onOver.push(run);
    else run();
  }

  /** Ends it. Safe to call twice; `onClose` is not called. */
  async close(reason: CloseReason): Promise<void> {
    if (this.#over !== undefined) return;
    this.#over = reason;
    this.#cancelReconnect?.();
    this.#connector?.stop();
    this.#deps.release(this);
    for (const run of this.#onOver) run();
    const { publisher } = this.#gate;
    const finished = this.#reception.finish();
    if (publisher !== undefined) this.#reception.report(publisher);
    this.#rejectLive(rtpPsError('ERR_RTP_ENDED', reason.message ?? `the stream ended before its first frame: ${reason.code}`));
    await Promise.all([finished, this.#gate.close(reason)]);
  }

  async #connect(connector: Connector, again: boolean): Promise<void> {
    const connection = await connector.connect(again);
    new TcpSource(connection, this, this.#deps.connections);
  }

  #senderGone(): void {
    if (this.#over !== undefined) return;
    this.#cancelReconnect?.();
    const connector = this.#connector;
    if (connector === undefined) {
      this.#cancelReconnect = this.#deps.ctx.clock.after(RECONNECT_MS, () => this.#fail(closeReason('lost', 'the sender closed its connection')));
      return;
    }
    this.#connect(connector, true).catch((error: unknown) => this.#fail(closeReason('lost', `the sender closed its connection; ${messageOf(error)}`)));
  }

  #publish(): Promise<Publisher> {
    const { ctx } = this.#deps;
    const { query, controls } = this.#options;
    const expects = this.#reception.input.announced;
    this.#expected = expects.length;
    const { remote } = this.#reception;
    return ctx.streams.publish(this.path, {
      protocol: 'gb28181',
      trusted: this.#options.trusted,
      receiveTimeoutSeconds: this.#timeoutSeconds,
      onClose: (reason) => this.#fail(reason),
      ...(remote === undefined ? {} : { remote }),
      ...(query === undefined ? {} : { query }),
      ...(controls === undefined ? {} : { controls }),
      ...(expects.length === 0 ? {} : { expects }),
    });
  }

  /** Frames came. Sound is often the first, and its picture takes a moment. */
  #published(): void {
    if (this.#deps.ctx.streams.describe(this.path)?.state === 'live') {
      this.#resolveLive();
      return;
    }
    this.#awaitsTracks = true;
    this.#deps.awaitTracks(this);
  }

  /** The map of a program stream may come after its first frame. */
  #expect(publisher: Publisher): void {
    const kinds = this.#reception.input.announced;
    if (kinds.length === this.#expected) return;
    this.#expected = kinds.length;
    publisher.expect(kinds);
  }

  #refused(error: SluiceError): void {
    this.#rejectLive(error);
    this.#fail(closeReason('refused', error.message));
  }

  /** It ends by itself: its owner is told. */
  #fail(reason: CloseReason): void {
    if (this.#over !== undefined) return;
    void this.close(reason);
    this.#options.onClose?.(reason);
  }

  #stayAlive(nowMs: number): void {
    this.#heardAtMs = nowMs;
    this.#openedAtMs = nowMs;
    // A sign of life for whoever watches over publishers.
    this.#gate.publisher?.received(0);
  }

  /** Also of a publisher: what its query says of silence (for servers it is pushed to) may be longer than what is right here. */
  #checkTimeout(nowMs: number, waits: boolean): void {
    const timeoutMs = this.#timeoutSeconds * 1000;
    if (nowMs - this.#heardAtMs >= timeoutMs) this.#fail(closeReason('timeout', `no packet for ${this.#timeoutSeconds} s`));
    else if (waits && nowMs - this.#openedAtMs >= TIMEOUTS_WITHOUT_FRAME * timeoutMs)
      this.#fail(closeReason('timeout', 'packets, but nothing that can be understood'));
  }

  #privatePayload(packet: RtpPacket): void {
    const { ctx } = this.#deps;
    const { remote, ssrc } = this.#reception;
    const report = { path: this.path, ssrc, vendor: 'hikvision', payloadType: packet.payloadType, ...(remote === undefined ? {} : { remote }) } as const;
    ctx.log.warn({ stream: this.path, ssrc, remote }, "the device sends Hikvision's own format in place of a program stream");
    ctx.report('rtp-ps.private-payload', report);
    this.#gate.publisher?.count('privatePayload');
    this.#fail(
      closeReason(
        'rtp-ps-private-payload',
        "the device sends Hikvision's own, maybe encrypted, format: switch its stream encryption off and its GB28181 stream to PS",
      ),
    );
  }

  #checkRecognised(): void {
    if (this.#warned || this.#reception.packets < PACKETS_TO_RECOGNISE) return;
    this.#warned = true;
    if (this.#reception.input.recognised) return;
    this.#deps.ctx.log.warn(
      { stream: this.path, remote: this.#reception.remote },
      'nothing known in what is received: another payload, or a private, encrypted one',
    );
  }
}
