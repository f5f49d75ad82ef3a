import type { Clock } from '@sluice/core';
import type { IncomingRequest, SipHeaders } from '@sluice/plugin-sip/service';
import { findHeader } from '@sluice/plugin-wire-text';
import type { Gb28181Config } from '../config.js';
import { askedExpiry } from '../proto/contact.js';
import { isGbId } from '../proto/ids.js';
import { formatLocalTimeMs } from '../proto/local-time.js';
import type { PeerProfile } from '../proto/profile.js';
import type { Authenticator } from './authenticator.js';
import type { Devices } from './devices.js';
import type { Log } from './log.js';
import { type Presence, samePlace } from './presence.js';

/** Without any Expires (GB/T 28181-2016 9.1.1 says a day; most devices mean an hour). */
const DEFAULT_EXPIRES_SECONDS = 3600;

/** What a registrar works with. */
export interface RegistrarOptions {
  readonly config: Gb28181Config;
  /** Password of devices without their own. */
  readonly password: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly authenticator: Authenticator;
  readonly presence: Presence;
  readonly devices: Devices;
}

/** Answers REGISTER (GB/T 28181-2016 9.1, RFC 3261 10.3). */
export class Registrar {
  readonly #options: RegistrarOptions;

  constructor(options: RegistrarOptions) {
    this.#options = options;
  }

  handle(incoming: IncomingRequest): void {
    const id = incoming.from;
    if (!isGbId(id)) incoming.respond(400);
    else if (this.#admitted(incoming, id)) this.#register(incoming, id);
  }

  #register(incoming: IncomingRequest, id: string): void {
    const { devices, presence, log } = this.#options;
    incoming.admit();
    if (!devices.hasRoomFor(id)) {
      log.warn({ device: id }, 'too many devices: registration refused');
      incoming.respond(503, { headers: [['retry-after', '60']] });
      return;
    }
    const { headers } = incoming.request;
    const contact = findHeader(headers, 'contact');
    const asked = askedExpiry(contact, findHeader(headers, 'expires'), DEFAULT_EXPIRES_SECONDS);
    const seconds = Math.min(asked, this.#options.config.registration.maxExpiresSeconds);
    const gbVer = findHeader(headers, 'x-gb-ver');
    const userAgent = findHeader(headers, 'user-agent')?.slice(0, 256);
    const profile = devices.profileOf(id, gbVer, userAgent);
    // Kept before the answer leaves: a device that was told 200 is online, whatever happens to this process.
    if (seconds === 0) devices.unregistered(id);
    else devices.registered(id, incoming.source, seconds * 1000, { gbVer, userAgent });
    incoming.respond(200, { headers: this.#answerHeaders(contact, seconds, profile, gbVer !== undefined) });
    if (seconds === 0) presence.leave(id, 'unregistered');
    else presence.register(id, incoming.source, profile, seconds * 1000);
  }

  #admitted(incoming: IncomingRequest, id: string): boolean {
    const { authenticator, config, password, presence, devices, log } = this.#options;
    const own = config.devices.find((device) => device.id === id);
    if (own?.noAuth === true) return true;
    const online = presence.online(id);
    // At the place it is known from: its failures count for itself, so that others behind the address cannot lock it out.
    const isThere = online === undefined ? devices.knownAt(id, incoming.source.address) : samePlace(online.target, incoming.source);
    const verdict = authenticator.judge(incoming, own?.password ?? password, {
      known: own !== undefined || devices.known(id),
      trusted: isThere ? id : undefined,
    });
    if (verdict.kind === 'ok') return true;
    if (verdict.kind === 'denied') {
      log.debug({ device: id, remote: incoming.source.address }, 'registration refused: wrong password');
      incoming.respond(403);
    } else if (verdict.kind === 'busy') incoming.respond(503, { headers: [['retry-after', '1']] });
    else incoming.respond(401, { headers: authenticator.challenge(incoming, verdict.stale) });
    return false;
  }

  #answerHeaders(contact: string | undefined, seconds: number, { gbVer, timeZone }: PeerProfile, saysVersion: boolean): SipHeaders {
    return [
      ['date', formatLocalTimeMs(this.#options.clock.wallMs(), timeZone)],
      ...(contact === undefined || contact.trim() === '*' ? [] : ([['contact', contact]] as const)),
      ['expires', String(seconds)],
      ...(saysVersion ? ([['x-gb-ver', gbVer]] as const) : []),
    ];
  }
}
