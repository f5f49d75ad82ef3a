import {
  type Clock,
  type CloseReason,
  type DemandRequest,
  type DemandVerdict,
  type IdleVerdict,
  messageOf,
  type PluginContext,
  type ShutdownRequest,
  type Streams,
} from '@sluice/core';
import type { RtpPsService } from '@sluice/plugin-rtp-ps/service';
import type { IncomingRequest, SipEndpoint, SipService } from '@sluice/plugin-sip/service';
import type { Gb28181Config } from '../config.js';
import { gbError } from '../errors.js';
import type { Gb28181Service } from '../service.js';
import { Alarms } from './alarms.js';
import { Authenticator } from './authenticator.js';
import { Control } from './control.js';
import { createService } from './create-service.js';
import { type DeviceStore, MemoryDeviceStore } from './device-store.js';
import { Devices, type RememberedDevice, remoteOf } from './devices.js';
import { DialogJournal } from './dialog-journal.js';
import { Live } from './live.js';
import type { Log } from './log.js';
import { Messages } from './messages.js';
import { Outbox } from './outbox.js';
import { Playbacks } from './playbacks.js';
import { type OnlineDevice, Presence } from './presence.js';
import { Queries } from './queries.js';
import { Registrar } from './registrar.js';
import type { Trace } from './trace.js';

/** What a platform is made of. */
export interface PlatformOptions {
  readonly config: Gb28181Config;
  /** Password of devices without their own. */
  readonly password: string;
  readonly sip: SipService;
  readonly rtpPs: RtpPsService;
  readonly clock: Clock;
  readonly log: Log;
  readonly streams: Pick<Streams, 'describe'>;
  readonly report: PluginContext['report'];
  readonly userAgent: string;
  /** Default: in memory. */
  readonly store?: DeviceStore;
  readonly trace?: Trace | undefined;
}

const ALLOW = 'REGISTER, MESSAGE, NOTIFY, OPTIONS, INVITE, ACK, BYE, CANCEL, INFO';
/** What BYEs may take at a stop. */
const MAX_BYE_MS = 3000;

/** A SIP platform: who is registered, what they have, what is played. */
export class Platform {
  readonly live: Live;
  readonly playbacks: Playbacks;
  readonly service: Gb28181Service;
  readonly #options: PlatformOptions;
  readonly #presence: Presence;
  readonly #queries: Queries;
  readonly #registrar: Registrar;
  readonly #messages: Messages;
  readonly #devices: Devices;
  readonly #dialogs: DialogJournal;
  readonly #store: DeviceStore;
  #endpoint: SipEndpoint | undefined;

  constructor(options: PlatformOptions) {
    const { config, password, clock, log, rtpPs, streams } = options;
    this.#options = options;
    const endpoint = () => this.#listening();
    const store = options.store ?? new MemoryDeviceStore();
    const devices = new Devices(config, store, clock);
    const authenticator = new Authenticator({
      realm: config.sip.domain,
      algorithms: config.sip.digest,
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
    const dialogs = new DialogJournal({ store, clock, log, presence, endpoint });
    const outbox = new Outbox({ config, endpoint });
    const queries = new Queries({ config, clock, devices, outbox });
    const control = new Control(outbox, log);
    const keyFrame = (device: OnlineDevice, channelId: string) => control.keyFrame(device, channelId);
    const live = new Live({ config, clock, streams, log, endpoint, rtpPs, dialogs, devices, presence, keyFrame });
    const playbacks = new Playbacks({ config, clock, log, endpoint, rtpPs, dialogs, devices, presence });
    const alarms = new Alarms({ outbox, log, report: options.report });
    this.#presence = presence;
    this.#devices = devices;
    this.#dialogs = dialogs;
    this.#store = store;
    this.#queries = queries;
    this.live = live;
    this.playbacks = playbacks;
    this.#registrar = new Registrar({ config, password, clock, log, authenticator, presence, devices });
    this.#messages = new Messages({ log, authenticator, presence, devices, queries, playbacks, alarms });
    this.service = createService({ devices, presence, queries, live, playbacks, control });
  }

  /** Opens the port. Whoever registered with an earlier process is online before it is open, and calls of that process are ended. */
  async listen(): Promise<void> {
    const remembered = this.#restore();
    const { sip, config, userAgent, trace } = this.#options;
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
      ...(trace === undefined ? {} : { onMessage: (direction, message, peer) => trace.message(direction, message, peer) }),
    });
    endpoint.onConnectionClosed((connection) => this.#presence.connectionClosed(connection));
    this.#endpoint = endpoint;
    for (const { target } of remembered) endpoint.admit(target);
    this.#dialogs.restore();
  }

  /** Ends every dialog properly, as far as time allows; an upgrade keeps them. */
  async shutdown({ kind, deadlineMs }: ShutdownRequest): Promise<void> {
    if (kind !== 'stop') return;
    let cancel = () => {};
    const late = new Promise<void>((resolve) => {
      cancel = this.#options.clock.after(Math.min(deadlineMs, MAX_BYE_MS), resolve);
    });
    await Promise.race([this.#endAll({ code: 'shutdown' }), late]);
    cancel();
  }

  async close(): Promise<void> {
    this.#presence.close();
    await this.#endpoint?.close();
    // What is still to be told of the last BYEs is told in promises.
    await Promise.resolve().then(() => undefined);
    this.#store.close();
    await this.#options.trace?.close();
  }

  /** Brings a missing stream that is ours. */
  async demand(request: DemandRequest): Promise<DemandVerdict | undefined> {
    return (await this.playbacks.demand(request)) ?? this.live.demand(request);
  }

  /** Whether a stream of ours goes when nobody watches. */
  idle(path: string): IdleVerdict | undefined {
    return this.live.has(path) ? 'end' : this.playbacks.idle(path);
  }

  async #endAll(reason: CloseReason): Promise<void> {
    await Promise.all([this.live.endAll(reason), this.playbacks.endAll(reason)]);
    await this.#dialogs.settled();
  }

  #restore(): readonly RememberedDevice[] {
    const remembered = this.#devices.remembered();
    for (const { id, target, gbVer, userAgent, ...registration } of remembered)
      this.#presence.restore(id, target, this.#devices.profileOf(id, gbVer === '' ? undefined : gbVer, userAgent), registration);
    if (remembered.length > 0) this.#options.log.info({ devices: remembered.length }, 'devices of before the start are online');
    return remembered;
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
    this.#dialogs.deviceOnline(device);
    this.live.deviceOnline(id);
    if (!config.catalog.onRegister) return;
    const quietly = (error: unknown) => log.debug({ device: id, error: messageOf(error) }, 'device did not answer a query');
    this.#queries.deviceInfo(device).then(() => this.#described(id), quietly);
    this.#queries.catalog(device).catch(quietly);
    this.#queries.deviceStatus(device).catch(quietly);
  }

  /** The make of a device is known: what is known of that make counts. */
  #described(id: string): void {
    const profile = this.#presence.online(id)?.profile;
    if (profile !== undefined) this.#presence.describe(id, this.#devices.profileOf(id, profile.gbVer, profile.userAgent));
  }

  #offline(id: string, reason: string): void {
    const { log, report } = this.#options;
    log.info({ device: id, reason }, 'device offline');
    this.#devices.offline(id);
    this.#queries.abandon(id);
    this.live.deviceGone(id);
    this.playbacks.deviceGone(id);
    report('gb28181.device.offline', { id, reason });
  }
}
