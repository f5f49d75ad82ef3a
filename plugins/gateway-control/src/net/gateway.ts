import { type Cancel, closeReason, messageOf, type PluginContext } from '@sluice/core';
import { apiAccess } from '@sluice/plugin-api/service';
import { relayService } from '@sluice/plugin-relay/service';
import { rtpPsService } from '@sluice/plugin-rtp-ps/service';
import type { GatewayControlConfig } from '../config.js';
import { FlowMeter } from '../proto/flow-meter.js';
import { OncePer } from '../proto/once-per.js';
import type { BlackSsrc, GateWayStart } from '../proto/reports.js';
import type { PullChannel } from './channel.js';
import { ChannelTable } from './channels.js';
import { LastRun } from './last-run.js';
import { ReportSender } from './report-sender.js';
import { addRoutes } from './routes.js';

const DEFAULT_ID = '34020000002000000001';
const DEFAULT_DOMAIN = '3402000000';
const BLACK_SSRC_MS = 60_000;
const MAX_BLACK_SSRCS = 4096;
/** How long a stop waits for cc to take the last reports. */
const FAREWELL_MS = 2000;

/** A config value of another plugin, where it is loaded. */
function configText(ctx: PluginContext, key: string): string | undefined {
  const value = ctx.engine.config().find((entry) => entry.key === key)?.value;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Channels, and what cc is told of them. */
export class Gateway {
  readonly #ctx: PluginContext;
  readonly #config: GatewayControlConfig;
  readonly #channels: ChannelTable;
  readonly #sender: ReportSender;
  readonly #flow = new FlowMeter();
  readonly #black = new OncePer(BLACK_SSRC_MS, MAX_BLACK_SSRCS);
  readonly #lastRun: LastRun;
  #flowFromMs: number;
  #stopFlow: Cancel | undefined;

  constructor(ctx: PluginContext, config: GatewayControlConfig) {
    this.#ctx = ctx;
    this.#config = config;
    this.#lastRun = new LastRun(ctx);
    this.#flowFromMs = ctx.clock.wallMs();
    this.#sender = new ReportSender(ctx, config.report, config.gatewayId ?? configText(ctx, 'gb28181.sip.id') ?? DEFAULT_ID);
    this.#channels = new ChannelTable({
      ctx,
      rtpPs: ctx.use(rtpPsService),
      relay: ctx.use(relayService),
      unstartedMs: config.unstartedSeconds * 1000,
      maxChannels: config.maxChannels,
      domain: config.domain ?? configText(ctx, 'gb28181.sip.domain') ?? DEFAULT_DOMAIN,
      changed: (change) => this.#sender.send('streamStateChange', change, `channel:${change.channelId}`),
      ended: (channel) => this.#flow.end(ownerOf(channel), channel.receiver.stats()),
    });
    ctx.use(apiAccess).register((app) => addRoutes(app, this.#channels));
    ctx.hooks.report(({ type, data }) => {
      if ((type as string) === 'rtp-ps.unknown-ssrc') this.#unknownSsrc(data as unknown as BlackSsrc);
    });
  }

  /** Everything listens: cc is told that we are there. */
  begin(): void {
    const reason = this.#lastRun.begin();
    this.#flowFromMs = this.#ctx.clock.wallMs();
    this.#stopFlow = this.#ctx.clock.every(this.#config.report.flowSeconds * 1000, () => this.#reportFlow());
    // The start waits for nobody: an address may take a name server.
    if (this.#sender.wants('gateWayStart')) void this.#tellStart(reason);
  }

  async #tellStart(reason: GateWayStart['reason']): Promise<void> {
    const addresses = this.#ctx.engine.addresses();
    const portOf = (...plugins: readonly string[]): number => addresses.find(({ plugin }) => plugins.includes(plugin))?.port ?? 0;
    const ip = await this.#ip();
    this.#sender.send('gateWayStart', { version: this.#ctx.engine.version, reason, ip, sipPort: portOf('gb28181', 'sip'), rtpPort: portOf('rtp-ps') });
  }

  /** Ends the channels and tells cc so, as far as cc listens. */
  async end(kind: 'stop' | 'upgrade'): Promise<void> {
    this.#stopFlow?.();
    await this.#channels.close(closeReason('shutdown'));
    this.#reportFlow();
    this.#lastRun.mark(kind === 'upgrade' ? 'upgrade' : 'stopped');
    await this.#sender.close(FAREWELL_MS);
  }

  /** Sends nothing any more. */
  dispose(): Promise<void> {
    this.#stopFlow?.();
    return this.#sender.close(0);
  }

  async #ip(): Promise<string> {
    if (this.#config.ip !== undefined) return this.#config.ip;
    const { host } = this.#ctx.engine.settings as { readonly host?: string };
    if (host !== undefined && host !== '0.0.0.0' && host !== '::') return host;
    const url = this.#config.report.gateWayStart ?? '';
    return this.#ctx.transport.localAddressFor(new URL(url).hostname.replace(/^\[|\]$/g, '')).catch((error: unknown) => {
      this.#ctx.log.warn({ error: messageOf(error) }, 'the address of this gateway is not known; set gateway-control.ip');
      return '';
    });
  }

  #unknownSsrc({ ssrc, transport, remote, port, packets, bytes, firstAt, lastAt }: BlackSsrc): void {
    if (!this.#black.pass(ssrc, this.#ctx.clock.now())) return;
    this.#sender.send('blackSsrc', { ssrc, transport, remote, port, packets, bytes, firstAt, lastAt });
  }

  #reportFlow(): void {
    const toMs = this.#ctx.clock.wallMs();
    const counts = [...this.#channels.list()].map((channel) => [ownerOf(channel), channel.receiver.stats()] as const);
    const streams = this.#flow.report(counts);
    this.#sender.send('flow', { from: new Date(this.#flowFromMs).toISOString(), to: new Date(toMs).toISOString(), streams });
    this.#flowFromMs = toMs;
  }
}

function ownerOf({ channelId, streamId, receiver }: PullChannel) {
  return { channelId, streamId, ssrc: receiver.ssrc };
}
