import { createHash } from 'node:crypto';
import type { PluginContext, RateLimitedLog, Track } from '@sluice/core';
import type { DigestHash } from '@sluice/plugin-wire-text';
import type { RtspConfig } from '../config.js';
import { type ChannelMap, createRtpForm, type RtpFormOptions } from '../map/rtp-form.js';
import { randomNumber } from './random.js';
import type { UdpPairs } from './udp-pair.js';

/** What all connections share. */
export interface RtspServerParts {
  readonly ctx: PluginContext;
  readonly config: RtspConfig;
  readonly pairs: UdpPairs;
  /** For what peers do wrong. */
  readonly log: RateLimitedLog;
}

/** The hash of digests. */
export const digestHash: DigestHash = (name, text) => createHash(name).update(text).digest('hex');

/** The wire form of a choice of channels, for those to whom `described` was described. */
export function rtpFormOf(channels: ChannelMap, described: readonly Track[], { ctx, config }: Pick<RtspServerParts, 'ctx' | 'config'>) {
  const options: RtpFormOptions = {
    maxPayloadBytes: config.maxPayloadBytes,
    reportIntervalMs: config.reportIntervalSeconds * 1000,
    random: randomNumber,
    wallMs: () => ctx.clock.wallMs(),
  };
  return createRtpForm(channels, options, described);
}
