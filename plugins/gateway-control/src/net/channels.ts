import { randomBytes } from 'node:crypto';
import { type CloseReason, closeReason, isStreamPath } from '@sluice/core';
import { ccError } from '../errors.js';
import type { ChannelAnswer, ChannelInfo, CreateChannel, StartChannel } from './calls.js';
import { type ChannelParts, PullChannel } from './channel.js';

/** What the table needs beside what its channels do. */
export interface ChannelTableParts extends Omit<ChannelParts, 'over'> {
  readonly maxChannels: number;
  /** Domain that SSRCs are made of. */
  readonly domain: string;
  /** A channel is over, its counts are final. */
  readonly ended: (channel: PullChannel) => void;
}

/** The channels of one gateway, by their id; a streamId is there once. */
export class ChannelTable {
  readonly #parts: ChannelTableParts;
  readonly #channels = new Map<string, PullChannel>();
  /** Those being created as well. */
  readonly #streamIds = new Set<string>();

  constructor(parts: ChannelTableParts) {
    this.#parts = parts;
  }

  /** Channels, oldest first. */
  list(): IterableIterator<PullChannel> {
    return this.#channels.values();
  }

  /** Rejects with `ERR_CC_…`, or with those of `RtpPsService.open` and `RelayService.checkUrl`; nothing is held then. */
  async create(wanted: CreateChannel): Promise<ChannelAnswer> {
    const { streamId } = wanted;
    const path = `gb/${streamId}`;
    const { ctx, maxChannels } = this.#parts;
    if (!isStreamPath(path)) throw ccError('ERR_CC_STREAM_ID', `'${streamId.slice(0, 128)}' is no name for a stream`);
    const taken = this.#streamIds.has(streamId) || (ctx.streams.describe(path)?.publisher ?? null) !== null;
    if (taken) throw ccError('ERR_CC_STREAM_EXISTS', `stream ${streamId} exists`);
    if (this.#streamIds.size >= maxChannels) throw ccError('ERR_CC_TOO_MANY_CHANNELS', `${maxChannels} channels are open`);
    this.#streamIds.add(streamId);
    try {
      return await this.#open(path, wanted);
    } catch (error) {
      this.#streamIds.delete(streamId);
      throw error;
    }
  }

  async #open(path: string, wanted: CreateChannel): Promise<ChannelAnswer> {
    const { rtpPs, relay, domain } = this.#parts;
    if (wanted.pushUrl !== undefined) await relay.checkUrl(wanted.pushUrl);
    const ssrc = wanted.ssrc ?? rtpPs.allocateSsrc(domain, 'live');
    try {
      const channelId = `ch-${randomBytes(9).toString('base64url')}`;
      const channel = await PullChannel.open(channelId, path, ssrc, wanted, { ...this.#parts, over: (over) => this.#over(over) });
      if (this.#streamIds.has(wanted.streamId)) this.#channels.set(channelId, channel);
      return channel.answer();
    } catch (error) {
      if (wanted.ssrc === undefined) rtpPs.releaseSsrc(ssrc);
      throw error;
    }
  }

  async start(channelId: string, request: StartChannel): Promise<ChannelAnswer> {
    const channel = this.#find(channelId);
    await channel.start(request);
    return channel.answer();
  }

  async delete(channelId: string): Promise<void> {
    await this.#find(channelId).close(closeReason('kicked', 'deleted by cc'));
  }

  infos(): ChannelInfo[] {
    return [...this.#channels.values()].map((channel) => channel.info());
  }

  /** Ends all. */
  async close(reason: CloseReason): Promise<void> {
    await Promise.all([...this.#channels.values()].map((channel) => channel.close(reason)));
  }

  #find(channelId: string): PullChannel {
    const channel = this.#channels.get(channelId);
    if (channel === undefined) throw ccError('ERR_CC_CHANNEL_UNKNOWN', `no channel ${channelId}`);
    return channel;
  }

  #over(channel: PullChannel): void {
    this.#channels.delete(channel.channelId);
    this.#streamIds.delete(channel.streamId);
    this.#parts.ended(channel);
  }
}
