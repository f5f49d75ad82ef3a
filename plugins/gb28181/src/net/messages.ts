import { messageOf } from '@sluice/core';
import type { IncomingRequest } from '@sluice/plugin-sip/service';
import { type Manscdp, parseManscdp } from '../proto/manscdp.js';
import { textOf } from '../proto/xml.js';
import type { Alarms } from './alarms.js';
import type { Authenticator } from './authenticator.js';
import type { Devices } from './devices.js';
import { decodeGb } from './gb-text.js';
import type { Log } from './log.js';
import type { Playbacks } from './playbacks.js';
import { type OnlineDevice, type Presence, samePlace } from './presence.js';
import type { Queries } from './queries.js';

/** What messages work with. */
export interface MessagesOptions {
  readonly log: Log;
  readonly authenticator: Authenticator;
  readonly presence: Presence;
  readonly devices: Devices;
  readonly queries: Queries;
  readonly playbacks: Playbacks;
  readonly alarms: Alarms;
}

/** NotifyType of a MediaStatus: the recording is over (GB/T 28181-2016 annex K). */
const FILE_END = '121';

/** Answers MESSAGE and NOTIFY of devices: each gets its empty 200 at once, what it says is handed on. */
export class Messages {
  readonly #options: MessagesOptions;

  constructor(options: MessagesOptions) {
    this.#options = options;
  }

  handle(incoming: IncomingRequest): void {
    const device = this.#senderOf(incoming);
    // Whoever is not registered is sent back to REGISTER (GB/T 28181-2016 9.6).
    if (device === undefined) incoming.respond(403);
    else if (samePlace(device.target, incoming.source) || device.profile.laxAddress) this.#read(device, incoming);
    else incoming.respond(401, { headers: this.#options.authenticator.challenge(incoming) });
  }

  #read(device: OnlineDevice, incoming: IncomingRequest): void {
    incoming.admit();
    let message: Manscdp;
    try {
      message = parseManscdp(incoming.request.body, decodeGb);
    } catch (error) {
      this.#options.log.debug({ device: device.id, error: messageOf(error) }, 'message not understood');
      incoming.respond(400);
      return;
    }
    incoming.respond(200);
    this.#dispatch(device, message, incoming);
  }

  /** By From; some devices put a channel's id there, or another one on their own connection. */
  #senderOf(incoming: IncomingRequest): OnlineDevice | undefined {
    const { presence, devices, playbacks } = this.#options;
    const { from, source } = incoming;
    const named = presence.online(from);
    if (named !== undefined) return named;
    const connected = source.connection === undefined ? undefined : presence.onConnection(source.connection);
    if (connected !== undefined) return connected;
    for (const owner of devices.owners(from)) {
      const device = presence.online(owner);
      if (device !== undefined && samePlace(device.target, source)) return device;
    }
    // Inside a dialog of ours: a Call-ID cannot be guessed, and From may be anything there.
    return presence.online(playbacks.deviceOfCall(incoming.callId) ?? '');
  }

  #dispatch(device: OnlineDevice, message: Manscdp, incoming: IncomingRequest): void {
    const { queries } = this.#options;
    if (message.root === 'response') queries.deliver(device.id, message);
    else if (message.root === 'notify') this.#notified(device, message, incoming);
  }

  #notified(device: OnlineDevice, message: Manscdp, incoming: IncomingRequest): void {
    const { presence, devices, playbacks, alarms } = this.#options;
    const kind = message.cmdType.toLowerCase();
    if (kind === 'keepalive') {
      presence.keepalive(device.id, incoming.source);
      devices.seen(device.id, device);
    } else if (kind === 'alarm') alarms.receive(device, message);
    else if (kind === 'mediastatus' && textOf(message.element, 'NotifyType') === FILE_END) playbacks.finished(device.id, incoming.callId, message.deviceId);
  }
}
