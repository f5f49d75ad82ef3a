import { type Cancel, type CloseReason, closeReason, type PluginContext, redactUrl, type SluiceError } from '@sluice/core';
import type { RelayPush, RelayPushInfo, RelayService } from '@sluice/plugin-relay/service';
import type { Receiver, RtpPsService } from '@sluice/plugin-rtp-ps/service';
import { ccError } from '../errors.js';
import type { ChannelState, StreamStateChange } from '../proto/reports.js';
import type { ChannelAnswer, ChannelInfo, CreateChannel, StartChannel } from './calls.js';

/** What a channel works with. */
export interface ChannelParts {
  readonly ctx: PluginContext;
  readonly rtpPs: RtpPsService;
  readonly relay: RelayService;
  readonly unstartedMs: number;
  /** It came into another state. */
  readonly changed: (change: StreamStateChange) => void;
  /** It is over; called once. */
  readonly over: (channel: PullChannel) => void;
}

const NEVER_STARTED = closeReason('timeout', 'never started');

/** A stream that cc has us receive: an SSRC and port that are waited on, and where its stream goes. */
export class PullChannel {
  readonly channelId: string;
  readonly streamId: string;
  readonly path: string;
  readonly receiver: Receiver;
  readonly #wanted: CreateChannel;
  readonly #parts: ChannelParts;
  readonly #createdAtMs: number;
  #startedAtMs: number | undefined;
  #state: ChannelState = 'created';
  #reason = '';
  #firstRemote: string | undefined;
  #started: Promise<void> | undefined;
  #push: RelayPush | undefined;
  readonly #cancelUnstarted: Cancel;
  #over = false;

  private constructor(channelId: string, path: string, wanted: CreateChannel, receiver: Receiver, parts: ChannelParts) {
    const { clock } = parts.ctx;
    this.channelId = channelId;
    this.streamId = wanted.streamId;
    this.path = path;
    this.receiver = receiver;
    this.#wanted = wanted;
    this.#parts = parts;
    this.#createdAtMs = clock.wallMs();
    this.#cancelUnstarted = clock.after(parts.unstartedMs, () => void this.close(NEVER_STARTED));
    receiver.live.catch(() => {});
  }

  /** Takes SSRC and port. Rejects as `RtpPsService.open` does; nothing is held then. */
  static async open(channelId: string, path: string, ssrc: string, wanted: CreateChannel, parts: ChannelParts): Promise<PullChannel> {
    const { transport, port, payloadMap, sdp, receiveTimeoutSeconds } = wanted;
    const query = {
      streamId: wanted.streamId,
      channelId,
      ...(receiveTimeoutSeconds === undefined ? {} : { receiveTimeoutSeconds: String(receiveTimeoutSeconds) }),
    };
    // What comes while the receiver is being opened is told when there is a channel.
    let early: string | undefined;
    let ended: CloseReason | undefined;
    let channel: PullChannel | undefined;
    const receiver = await parts.rtpPs.open({
      path,
      ssrc,
      transport,
      port,
      query,
      ...(payloadMap === undefined ? {} : { payloadMap }),
      ...(sdp === undefined ? {} : { sdp }),
      ...(receiveTimeoutSeconds === undefined ? {} : { receiveTimeoutSeconds }),
      onFirstPacket: (remote) => {
        if (channel === undefined) early = remote;
        else channel.#firstPacket(remote);
      },
      onClose: (reason) => {
        if (channel === undefined) ended = reason;
        else channel.#ended(reason);
      },
    });
    // Silence ends nothing before it is started.
    receiver.hold(true);
    channel = new PullChannel(channelId, path, wanted, receiver, parts);
    channel.#enter('created');
    if (early !== undefined) channel.#firstPacket(early);
    if (ended !== undefined) channel.#ended(ended);
    return channel;
  }

  /** What `create_pullChannel` and `start_pullChannel` answer. */
  answer(): ChannelAnswer {
    const { host, port, ssrc } = this.receiver;
    return { channelId: this.channelId, ip: host, port, ssrc, transport: this.#wanted.transport };
  }

  /** Starts it, once: whoever asks again gets what the first one got. What was asked wrongly may be asked again. */
  start(request: StartChannel): Promise<void> {
    this.#started ??= this.#start(request).catch((error: SluiceError) => {
      if (error.status === 400 || error.status === 403) this.#started = undefined;
      throw error;
    });
    return this.#started;
  }

  async #start({ remoteIp, remotePort }: StartChannel): Promise<void> {
    const { relay, ctx } = this.#parts;
    const remote = this.#wanted.transport === 'tcp-active' ? await this.#target(relay, remoteIp, remotePort) : undefined;
    if (this.#over) throw ccError('ERR_CC_CHANNEL_ENDED', `channel ${this.channelId} ended`);
    this.#cancelUnstarted();
    this.#startedAtMs = ctx.clock.wallMs();
    this.receiver.hold(false);
    if (this.#firstRemote !== undefined) this.#enter('receiving');
    const { pushUrl } = this.#wanted;
    if (pushUrl !== undefined) await this.#pushTo(pushUrl);
    if (remote !== undefined) await this.receiver.connect(remote.host, remote.port);
  }

  async #target(relay: RelayService, host: string | undefined, port: number | undefined): Promise<{ readonly host: string; readonly port: number }> {
    if (host === undefined || port === undefined) throw ccError('ERR_CC_REMOTE', 'tcp-active needs remoteIp and remotePort');
    const [address = host] = await relay.checkHost(host);
    return { host: address, port };
  }

  async #pushTo(url: string): Promise<void> {
    const seconds = this.#wanted.receiveTimeoutSeconds;
    // A paused recording is held by the next server too: it is told how long it may be silent.
    const query = seconds === undefined ? {} : { receiveTimeoutSeconds: String(seconds) };
    const push = await this.#parts.relay.push({ path: this.path, url, query, guarded: true, onState: (info) => this.#pushed(info) });
    if (this.#over) await push.close();
    else this.#push = push;
  }

  /** Ends it. Safe to call twice. */
  async close(reason: CloseReason): Promise<void> {
    if (this.#over) return;
    this.#finish(reason);
    await this.receiver.close(reason);
  }

  info(): ChannelInfo {
    const { transport, port, receiveTimeoutSeconds, pushUrl } = this.#wanted;
    const { ssrc, ...at } = this.answer();
    const stats = this.receiver.stats();
    const iso = (ms: number): string => new Date(ms).toISOString();
    const unstarted = this.#startedAtMs === undefined ? { freedAt: iso(this.#createdAtMs + this.#parts.unstartedMs) } : { startedAt: iso(this.#startedAtMs) };
    return {
      ...at,
      streamId: this.streamId,
      path: this.path,
      ssrc,
      transport,
      portMode: port,
      state: this.#state,
      reason: this.#reason,
      ...(this.#firstRemote === undefined ? {} : { firstPacket: { source: this.#firstRemote, ...(stats.firstAt === undefined ? {} : { at: stats.firstAt }) } }),
      ...(stats.lastAt === undefined ? {} : { lastPacketAt: stats.lastAt }),
      ...(stats.source === undefined ? {} : { source: stats.source }),
      bytes: stats.bytes,
      packets: stats.packets,
      lost: stats.lost,
      reordered: stats.reordered,
      duplicate: stats.duplicate,
      damaged: stats.damaged,
      jitterMs: stats.jitterMs,
      timers: { createdAt: iso(this.#createdAtMs), ...unstarted, ...(receiveTimeoutSeconds === undefined ? {} : { receiveTimeoutSeconds }) },
      ...(pushUrl === undefined ? {} : { push: this.#push?.info() ?? { url: redactUrl(pushUrl), state: 'idle' } }),
    };
  }

  #firstPacket(remote: string): void {
    this.#firstRemote ??= remote;
    if (this.#startedAtMs !== undefined && this.#state === 'created') this.#enter('receiving');
  }

  #pushed({ state, lastError }: RelayPushInfo): void {
    if (this.#over) return;
    if (state === 'live') this.#enter('pushing');
    else if ((state === 'retrying' || state === 'failed') && this.#state !== 'pushFailed') this.#enter('pushFailed', lastError?.message);
    else if (state === 'idle' && this.#state === 'pushing') this.#state = 'receiving';
  }

  /** The receiver ended by itself. */
  #ended(reason: CloseReason): void {
    if (this.#over) return;
    this.#finish(reason);
  }

  #finish(reason: CloseReason): void {
    this.#over = true;
    this.#cancelUnstarted();
    void this.#push?.close();
    if (reason.code === 'timeout' && reason !== NEVER_STARTED) this.#enter('timeout', reason.message);
    this.#enter('closed', reason.message === undefined ? reason.code : `${reason.code}: ${reason.message}`);
    this.#parts.over(this);
  }

  #enter(state: ChannelState, reason = ''): void {
    this.#state = state;
    this.#reason = reason;
    const { channelId, streamId } = this;
    const { ssrc } = this.receiver;
    this.#parts.changed({ channelId, streamId, ssrc, state, reason, remote: this.receiver.stats().source ?? this.#firstRemote ?? '' });
  }
}
