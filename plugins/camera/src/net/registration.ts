import { createHash, randomBytes } from 'node:crypto';
import { type Cancel, type Clock, messageOf } from '@sluice/core';
import type { SipResponse } from '@sluice/plugin-sip/service';
import {
  answerDigestChallenge,
  type DigestChallenge,
  findHeader,
  findHeaders,
  parseDigestChallenge,
  serializeDigestCredentials,
} from '@sluice/plugin-wire-text';
import type { CameraConfig } from '../config.js';
import { headFields, manscdpBody } from '../proto/answers.js';
import type { PlatformLink } from './link.js';

/** GB/T 28181-2016 9.6.2: three keepalives without an answer, then REGISTER again. */
const MAX_MISSED = 3;
const UNANSWERED_RETRY_SECONDS = 5;
const REFRESH_BEFORE_SECONDS = 30;

/** What a registration tells. */
export interface RegistrationEvents {
  /** Registered, and for how long; told when it was not before. */
  registered(seconds: number): void;
  /** Not registered any more, or not yet, and why. */
  failed(reason: string): void;
}

/** Keeps one camera registered and alive. */
export class Registration {
  readonly #link: PlatformLink;
  readonly #config: CameraConfig;
  readonly #clock: Clock;
  readonly #events: RegistrationEvents;
  readonly #callId = randomBytes(8).toString('hex');
  #registered = false;
  #stopped = false;
  #running = false;
  #missed = 0;
  #sn = 0;
  #cancelNext: Cancel = () => undefined;
  #cancelKeepalive: Cancel = () => undefined;

  constructor(link: PlatformLink, config: CameraConfig, clock: Clock, events: RegistrationEvents) {
    this.#link = link;
    this.#config = config;
    this.#clock = clock;
    this.#events = events;
  }

  get registered(): boolean {
    return this.#registered;
  }

  /** A number for a message of ours. */
  nextSn(): string {
    return String(++this.#sn);
  }

  /** Registers, now. Never rejects: it is tried again. */
  async start(): Promise<void> {
    if (this.#running || this.#stopped) return;
    this.#running = true;
    this.#cancelNext();
    try {
      const response = await this.#register(this.#config.expiresSeconds);
      if (response.status < 300) this.#accepted(response);
      else this.#failed(`REGISTER was answered ${response.status} ${response.reason}`, this.#config.retrySeconds);
    } catch (error) {
      this.#failed(messageOf(error), UNANSWERED_RETRY_SECONDS);
    } finally {
      this.#running = false;
    }
  }

  /** Takes the camera off the platform. Never rejects. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelNext();
    this.#cancelKeepalive();
    if (!this.#registered) return;
    this.#registered = false;
    await this.#register(0).catch(() => undefined);
  }

  #accepted(response: SipResponse): void {
    const seconds = grantedSeconds(response) ?? this.#config.expiresSeconds;
    const before = this.#registered;
    this.#registered = true;
    this.#missed = 0;
    if (!before) this.#events.registered(seconds);
    if (this.#stopped) return;
    this.#after(seconds > 2 * REFRESH_BEFORE_SECONDS ? seconds - REFRESH_BEFORE_SECONDS : seconds / 2);
    if (!before) {
      this.#cancelKeepalive();
      this.#cancelKeepalive = this.#clock.every(this.#config.keepaliveSeconds * 1000, () => void this.#keepalive());
    }
  }

  #failed(reason: string, retrySeconds: number): void {
    this.#registered = false;
    this.#cancelKeepalive();
    if (this.#stopped) return;
    this.#events.failed(reason);
    this.#after(retrySeconds);
  }

  #after(seconds: number): void {
    this.#cancelNext();
    this.#cancelNext = this.#clock.after(seconds * 1000, () => void this.start());
  }

  async #register(expires: number): Promise<SipResponse> {
    const first = await this.#send(expires);
    const challenge = first.status === 401 ? challengeOf(first) : undefined;
    if (challenge === undefined) return first;
    const credentials = answerDigestChallenge({
      hash: (name, text) => createHash(name).update(text).digest('hex'),
      challenge,
      username: this.#link.id,
      password: this.#config.password,
      method: 'REGISTER',
      uri: this.#link.uri,
      cnonce: randomBytes(8).toString('hex'),
    });
    return this.#send(expires, serializeDigestCredentials(credentials));
  }

  #send(expires: number, authorization?: string): Promise<SipResponse> {
    return this.#link.request('REGISTER', {
      headers: [
        ['call-id', this.#callId],
        ['expires', String(expires)],
        ['x-gb-ver', '2.0'],
        ...(authorization === undefined ? [] : [['authorization', authorization] as const]),
      ],
    });
  }

  async #keepalive(): Promise<void> {
    const body = manscdpBody('Notify', [...headFields({ cmdType: 'Keepalive', sn: this.nextSn(), deviceId: this.#link.id }), ['Status', 'OK']]);
    try {
      const { status } = await this.#link.request('MESSAGE', { headers: [['content-type', 'Application/MANSCDP+xml']], body });
      this.#missed = 0;
      // The platform does not know this camera any more.
      if (status >= 400) void this.start();
    } catch {
      if (++this.#missed >= MAX_MISSED) void this.start();
    }
  }
}

/** The first challenge that can be answered here: a platform may offer several (RFC 7616 3.7). */
function challengeOf({ headers }: SipResponse): DigestChallenge | undefined {
  for (const value of findHeaders(headers, 'www-authenticate')) {
    try {
      return parseDigestChallenge(value);
    } catch {
      // Of another kind.
    }
  }
  return undefined;
}

/** What the platform granted: the Contact's `expires` before the header (RFC 3261 10.2.4). */
function grantedSeconds({ headers }: SipResponse): number | undefined {
  const inContact = /;\s*expires\s*=\s*"?(\d{1,10})/i.exec(findHeader(headers, 'contact') ?? '')?.[1];
  const text = inContact ?? /^\s*(\d{1,10})\s*$/.exec(findHeader(headers, 'expires') ?? '')?.[1];
  return text === undefined || Number(text) === 0 ? undefined : Number(text);
}
