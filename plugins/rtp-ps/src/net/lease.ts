import { type Cancel, type CloseReason, closeReason, type Frame, formatAddress, type PluginContext, type Publisher, type SluiceError } from '@sluice/core';
import type { RtpPacket } from '@sluice/plugin-format-rtp';
import type { RtpPsConfig } from '../config.js';
import { rtpPsError } from '../errors.js';
import { SourceLock } from '../proto/source-lock.js';
import type { ReceiverOptions } from '../service.js';
import { FrameGate } from './frame-gate.js';
import { MediaInput } from './media-input.js';

/** A way packets come on that can be cut: a TCP connection. */
export interface PacketSource {
  readonly remote: string;
  cut(): void;
}

/** What a lease needs around it. */
export interface LeaseDeps {
  readonly ctx: PluginContext;
  readonly config: RtpPsConfig;
  /** The lease is over: forget it. Called once. */
  readonly release: (lease: Lease) => void;
}

/** How a lease begins. */
export type LeaseOptions = Omit<ReceiverOptions, 'ssrc'> & { readonly trusted: boolean };

/** A sender that closed its connection may come again within this. */
const RECONNECT_MS = 2000;
/** Packets without one pack header: it is no program stream. */
const PACKETS_WITHOUT_PACK = 500;
/** Packets but no frame: so many receive timeouts are waited for a key frame. */
const TIMEOUTS_WITHOUT_FRAME = 3;

/** An SSRC that is waited for or received: from its first packet to the end of its stream. */
export class Lease {
  readonly path: string;
  readonly remoteHint: string | undefined;
  readonly live: Promise<void>;
  readonly #options: LeaseOptions;
  readonly #deps: LeaseDeps;
  readonly #input: MediaInput;
  readonly #gate: FrameGate;
  readonly #lock: SourceLock;
  readonly #openedAtMs: number;
  #resolveLive: () => void = () => {};
  #rejectLive: (error: SluiceError) => void = () => {};
  #remote: string | undefined;
  #source: PacketSource | undefined;
  #isUdp = false;
  #packets = 0;
  #heardPackets = 0;
  #heardAtMs: number;
  #cancelReconnect: Cancel | undefined;
  #over: CloseReason | undefined;
  #warned = false;

  constructor(options: LeaseOptions, deps: LeaseDeps) {
    const { clock } = deps.ctx;
    this.path = options.path;
    this.remoteHint = options.remoteHint;
    this.#options = options;
    this.#deps = deps;
    this.#openedAtMs = clock.now();
    this.#heardAtMs = this.#openedAtMs;
    this.#lock = new SourceLock((deps.config.receiveTimeoutSeconds * 1000) / 2);
    this.live = new Promise((resolve, reject) => {
      this.#resolveLive = resolve;
      this.#rejectLive = reject;
    });
    // Who waits sees it; that nobody does is no error.
    this.live.catch(() => {});
    this.#gate = new FrameGate({ publish: () => this.#publish(), live: () => this.#resolveLive(), refused: (error) => this.#refused(error) });
    this.#input = new MediaInput(deps.config, { frame: (frame) => this.#frame(frame), unsupported: (codec) => this.#unsupported(codec) });
  }

  /** No packet came yet. */
  get isPending(): boolean {
    return this.#packets === 0;
  }

  /** A packet of a datagram. False where it is from a stranger. */
  receiveDatagram(packet: RtpPacket, bytes: number, address: string, port: number, receivedAtMs: number): boolean {
    if (!this.#lock.accept(address, receivedAtMs)) {
      this.#gate.publisher?.count('foreign');
      return false;
    }
    if (!this.#isUdp) {
      this.#isUdp = true;
      this.#remote = formatAddress(address, port);
      if (this.#packets > 0) this.#input.begin(false);
    }
    this.#receive(packet, bytes, receivedAtMs);
    return true;
  }

  /** A packet of the connection that is bound to this lease. */
  receiveFramed(packet: RtpPacket, bytes: number): void {
    this.#receive(packet, bytes, 0);
  }

  /** Binds a connection. One that was bound before is replaced (a device that came again before its old connection was found dead). */
  attach(source: PacketSource): void {
    this.#cancelReconnect?.();
    const before = this.#source;
    this.#source = source;
    this.#remote = source.remote;
    this.#isUdp = false;
    this.#input.begin(true);
    before?.cut();
  }

  /** A bound connection went away. */
  detach(source: PacketSource): void {
    if (this.#source !== source) return;
    this.#source = undefined;
    if (this.#over !== undefined) return;
    this.#cancelReconnect?.();
    this.#cancelReconnect = this.#deps.ctx.clock.after(RECONNECT_MS, () => this.#fail(closeReason('lost', 'the sender closed its connection')));
  }

  /** Framing was lost and found again. */
  resynced(): void {
    this.#input.resynced();
  }

  /** To be called a few times a second: late packets, timeouts, health counts. */
  tick(nowMs: number, receivedNowMs: number): void {
    if (this.#isUdp) this.#input.expire(receivedNowMs);
    if (this.#packets !== this.#heardPackets) this.#heardAtMs = nowMs;
    this.#heardPackets = this.#packets;
    const { publisher } = this.#gate;
    if (publisher !== undefined) this.#input.report(publisher);
    else this.#checkTimeout(nowMs);
  }

  /** Ends it. Safe to call twice; `onClose` is not called. */
  async close(reason: CloseReason): Promise<void> {
    if (this.#over !== undefined) return;
    this.#over = reason;
    this.#cancelReconnect?.();
    this.#deps.release(this);
    const { publisher } = this.#gate;
    if (publisher !== undefined) this.#input.report(publisher);
    const source = this.#source;
    this.#source = undefined;
    source?.cut();
    this.#rejectLive(rtpPsError('ERR_RTP_ENDED', reason.message ?? `the stream ended before its first frame: ${reason.code}`));
    await this.#gate.close(reason);
  }

  #receive(packet: RtpPacket, bytes: number, receivedAtMs: number): void {
    if (this.#over !== undefined) return;
    this.#packets++;
    this.#gate.received(bytes);
    this.#input.push(packet, receivedAtMs);
    if (this.#packets === PACKETS_WITHOUT_PACK && this.#input.packs === 0)
      this.#warn('no MPEG-PS pack in what is received: another payload or a private, encrypted one');
  }

  #frame(frame: Frame): void {
    this.#gate.write(frame);
  }

  #publish(): Promise<Publisher> {
    const { ctx, config } = this.#deps;
    const { query, controls } = this.#options;
    const expects = this.#input.announced;
    return ctx.streams.publish(this.path, {
      protocol: 'gb28181',
      trusted: this.#options.trusted,
      receiveTimeoutSeconds: config.receiveTimeoutSeconds,
      onClose: (reason) => this.#fail(reason),
      ...(this.#remote === undefined ? {} : { remote: this.#remote }),
      ...(query === undefined ? {} : { query }),
      ...(controls === undefined ? {} : { controls }),
      ...(expects.length === 0 ? {} : { expects }),
    });
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

  #checkTimeout(nowMs: number): void {
    const timeoutMs = this.#deps.config.receiveTimeoutSeconds * 1000;
    if (nowMs - this.#heardAtMs >= timeoutMs) this.#fail(closeReason('timeout', `no packet for ${timeoutMs / 1000} s`));
    else if (nowMs - this.#openedAtMs >= TIMEOUTS_WITHOUT_FRAME * timeoutMs) this.#fail(closeReason('timeout', 'packets, but nothing that can be understood'));
  }

  #unsupported(codec: string): void {
    this.#deps.ctx.log.warn({ stream: this.path, codec }, 'codec not supported');
  }

  #warn(message: string): void {
    if (!this.#warned) this.#deps.ctx.log.warn({ stream: this.path, remote: this.#remote }, message);
    this.#warned = true;
  }
}
