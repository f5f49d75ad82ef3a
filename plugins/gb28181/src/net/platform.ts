import { type Clock, messageOf, type PluginContext, type ShutdownRequest } from '@sluice/core';
import type { RtpPsService } from '@sluice/plugin-rtp-ps/service';
import type { IncomingRequest, SipEndpoint, SipService } from '@sluice/plugin-sip/service';
import type { Gb28181Config } from '../config.js';
import { gbError } from '../errors.js';
import type { Gb28181Service } from '../service.js';
import { Authenticator } from './authenticator.js';
import { type DeviceStore, MemoryDeviceStore } from './device-store.js';
import { Devices, remoteOf } from './devices.js';
import { Live } from './live.js';
import type { Log } from './log.js';
import { Messages } from './messages.js';
import { type OnlineDevice, Presence } from './presence.js';
import { Queries } from './queries.js';
import { Registrar } from './registrar.js';

/** What a platform is made of. */
export interface PlatformOptions {
  readonly config: Gb28181Config;
  /** Password of devices without their own. */
  readonly password: string;
  readonly sip: SipService;
  readonly rtpPs: RtpPsService;
  readonly clock: Clock;
  readonly log: Log;
  readonly report: PluginContext['report'];
  readonly userAgent: string;
  /** Default: in memory. */
  readonly store?: DeviceStore;
}

const ALLOW = 'REGISTER, MESSAGE, NOTIFY, OPTIONS, INVITE, ACK, BYE, CANCEL, INFO';
/** What BYEs may take at a stop. */
const MAX_BYE_MS = 3000;

/** A SIP platform: who is registered, what they have, what is played. */
export class Platform {
  readonly live: Live;
  readonly service: Gb28181Service;
  readonly #options: PlatformOptions;
  readonly #presence: Presence;
  readonly #queries: Queries;
  readonly #registrar: Registrar;
  readonly #messages: Messages;
  #endpoint: SipEndpoint | undefined;

  constructor(options: PlatformOptions) {
    const { config, password, clock, log, rtpPs } = options;
    this.#options = options;
    const endpoint = () => this.#listening();
    const devices = new Devices(config, options.store ?? new MemoryDeviceStore(), clock);
    const authenticator = new Authenticator({
      realm: config.sip.domain,
      now: () => clock.now(),
      maxFailuresPerSecond: config.registration.maxFailuresPerSecond,
    });
    const presence = new Presence({
      clock,
      keepaliveSeconds: config.keepaliveSeconds,
      keepaliveMissed: config.keepaliveMissed,
      onOnline: (device) => this.#online(device),
      onOffline: (id, reason) => this.#offline(id, reason),
    });
    const queries = new Queries({ config, clock, devices, endpoint });
    const live = new Live({ config, log, endpoint, rtpPs, devices, presence, clock });
    this.#presence = presence;
    this.#queries = queries;
    this.live = live;
    this.#registrar = new Registrar({ config, password, clock, log, authenticator, presence, devices });
    this.#messages = new Messages({ log, authenticator, presence, devices, queries });
    this.service = {
      devices: () => devices.list((id) => presence.online(id) !== undefined),
      channels: (id) => devices.channels(id, presence.online(id) !== undefined),
      refreshCatalog: async (id) => {
        devices.record(id);
        const device = presence.online(id);
        if (device === undefined) throw gbError('ERR_GB28181_OFFLINE', `device ${id} is offline`);
        return queries.catalog(device);
      },
      play: (channelId, choice) => live.play(channelId, choice),
      stop: (channelId, choice) => live.stop(channelId, choice),
    };
  }

  async listen(): Promise<void> {
    const { sip, config, userAgent } = this.#options;
    const { port, host, id, domain, advertise } = config.sip;
    const endpoint = await sip.listen({
      name: 'sip',
      port,
      ...(host === undefined ? {} : { host }),
      id,
      domain,
      ...(advertise === undefined ? {} : { advertise }),
      userAgent,
      onRequest: (incoming) => this.#handle(incoming),
    });
    endpoint.onConnectionClosed((connection) => this.#presence.connectionClosed(connection));
    this.#endpoint = endpoint;
  }

  /** Ends every dialog properly, as far as time allows; an upgrade keeps them. */
  async shutdown({ kind, deadlineMs }: ShutdownRequest): Promise<void> {
    if (kind !== 'stop') return;
    let cancel = () => {};
    const late = new Promise<void>((resolve) => {
      cancel = this.#options.clock.after(Math.min(deadlineMs, MAX_BYE_MS), resolve);
    });
    await Promise.race([this.live.endAll({ code: 'shutdown' }), late]);
    cancel();
  }

  async close(): Promise<void> {
    this.#presence.close();
    await this.#endpoint?.close();
  }

  #listening(): SipEndpoint {
    if (this.#endpoint === undefined) throw gbError('ERR_GB28181_OFFLINE', 'the SIP port is not open yet');
    return this.#endpoint;
  }

  #handle(incoming: IncomingRequest): void {
    const { method } = incoming.request;
    if (method === 'REGISTER') this.#registrar.handle(incoming);
    else if (method === 'MESSAGE' || method === 'NOTIFY') this.#messages.handle(incoming);
    // INVITE: talk back is not offered.
    else if (method === 'INVITE') incoming.respond(488);
    else incoming.respond(method === 'OPTIONS' ? 200 : 405, { headers: [['allow', ALLOW]] });
  }

  #online(device: OnlineDevice): void {
    const { log, report, config } = this.#options;
    const { id, target } = device;
    log.info({ device: id, remote: remoteOf(target), transport: target.transport }, 'device online');
    report('gb28181.device.online', { id, transport: target.transport, remote: remoteOf(target) });
    if (!config.catalog.onRegister) return;
    const quietly = (error: unknown) => log.debug({ device: id, error: messageOf(error) }, 'device did not answer a query');
    this.#queries.deviceInfo(device).catch(quietly);
    this.#queries.catalog(device).catch(quietly);
  }

  #offline(id: string, reason: string): void {
    const { log, report } = this.#options;
    log.info({ device: id, reason }, 'device offline');
    this.#queries.abandon(id);
    this.live.deviceGone(id);
    report('gb28181.device.offline', { id, reason });
  }
}
