import { type Clock, type CloseReason, type DemandRequest, type DemandVerdict, messageOf, SluiceError } from '@sluice/core';
import { gbError } from '../errors.js';
import { isGbId, isInvitable, nodeKind } from '../proto/ids.js';
import type { ChannelChoice, PlayOptions, PlayResult } from '../service.js';
import type { Devices } from './devices.js';
import { type LiveDeps, LiveSession } from './live-session.js';
import type { Presence } from './presence.js';

/** What live channels work with. */
export interface LiveOptions extends LiveDeps {
  readonly devices: Devices;
  readonly presence: Presence;
  readonly clock: Clock;
}

/** What a camera said, or that it said nothing. */
const REFUSALS = new Set(['ERR_GB28181_REFUSED', 'ERR_GB28181_SILENT', 'ERR_GB28181_NO_MEDIA']);
const MAX_REFUSALS = 10_000;

interface Channel {
  readonly deviceId: string;
  readonly channelId: string;
}

/** Live channels: one INVITE per path, however many ask for it. */
export class Live {
  readonly #options: LiveOptions;
  readonly #sessions = new Map<string, LiveSession>();
  /** What viewers are told without asking the camera again, for a moment. */
  readonly #refusals = new Map<string, SluiceError>();
  #draining = false;

  constructor(options: LiveOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Whether a path is one of our INVITEs. */
  has(path: string): boolean {
    return this.#sessions.has(path);
  }

  /** Serves a demand for `gb/CHANNEL` or `gb/DEVICE/CHANNEL`; undefined for all that is not ours. */
  async demand({ path, signal }: DemandRequest): Promise<DemandVerdict | undefined> {
    const parts = path.split('/');
    const channelId = parts.at(-1) ?? '';
    if (parts[0] !== 'gb' || parts.length < 2 || parts.length > 3 || !isGbId(channelId)) return undefined;
    try {
      const channel = this.#find(channelId, parts.length === 3 ? parts[1] : undefined);
      const refusal = this.#refusals.get(path);
      if (refusal !== undefined) throw refusal;
      await this.#session(path, channel, undefined).wait(signal);
      return { served: true };
    } catch (error) {
      this.#remember(path, error);
      // A stream of that name may be somebody else's.
      if (error instanceof SluiceError && error.status === 404) return undefined;
      const { code, status } = error instanceof SluiceError ? error : { code: 'ERR_GB28181_ENDED', status: undefined };
      return { served: false, status: status ?? 502, code, message: messageOf(error) };
    }
  }

  /** A camera that refused is left alone for a moment, however many viewers try again. */
  #remember(path: string, error: unknown): void {
    const { clock, config } = this.#options;
    const isRefusal = error instanceof SluiceError && REFUSALS.has(error.code);
    if (!isRefusal || this.#refusals.has(path) || this.#refusals.size >= MAX_REFUSALS) return;
    this.#refusals.set(path, error);
    clock.after(config.invite.backOffSeconds * 1000, () => this.#refusals.delete(path));
  }

  async play(channelId: string, options: PlayOptions = {}): Promise<PlayResult> {
    const channel = this.#find(channelId, options.device);
    const path = this.#options.devices.pathOf(channel.deviceId, channelId);
    await this.#session(path, channel, options.transport).wait();
    return { path, state: 'live' };
  }

  async stop(channelId: string, options: ChannelChoice = {}): Promise<void> {
    const channel = this.#find(channelId, options.device);
    const ours = [...this.#sessions.values()].filter(({ target }) => target.channelId === channelId && target.device.id === channel.deviceId);
    if (ours.length === 0) throw gbError('ERR_GB28181_NOT_PLAYING', `channel ${channelId} is not playing`);
    await Promise.all(ours.map((session) => session.end({ code: 'kicked', message: 'stopped by the API' })));
  }

  /** A device went: its sessions end, with a BYE that it may still get. */
  deviceGone(deviceId: string): void {
    for (const session of [...this.#sessions.values()])
      if (session.target.device.id === deviceId) void session.end({ code: 'gb28181-offline', message: 'the device went offline' });
  }

  /** Ends all; no new ones after it. */
  async endAll(reason: CloseReason): Promise<void> {
    this.#draining = true;
    await Promise.all([...this.#sessions.values()].map((session) => session.end(reason)));
  }

  #find(channelId: string, deviceId: string | undefined): Channel {
    const { devices } = this.#options;
    // A device that registered is what it is, whatever its id says.
    if (!isInvitable(nodeKind(channelId)) && !devices.known(channelId)) throw gbError('ERR_GB28181_CHANNEL_UNKNOWN', `${channelId} is no camera`);
    if (deviceId !== undefined) {
      devices.record(deviceId);
      // Before its catalog came any channel of the device may be there.
      if (devices.hasCatalog(deviceId) && !devices.hasChannel(deviceId, channelId))
        throw gbError('ERR_GB28181_CHANNEL_UNKNOWN', `device ${deviceId} has no channel ${channelId}`);
      return { deviceId, channelId };
    }
    const [owner, ...others] = devices.owners(channelId);
    if (owner === undefined) throw gbError('ERR_GB28181_CHANNEL_UNKNOWN', `no device has a channel ${channelId}`);
    if (others.length > 0)
      throw gbError('ERR_GB28181_CHANNEL_AMBIGUOUS', `channel ${channelId} is at several devices: ${[owner, ...others].join(', ')}; name one of them`);
    return { deviceId: owner, channelId };
  }

  #session(path: string, { deviceId, channelId }: Channel, transport: PlayOptions['transport']): LiveSession {
    const running = this.#sessions.get(path);
    if (running !== undefined) return running;
    const { devices, presence } = this.#options;
    if (this.#draining) throw gbError('ERR_GB28181_ENDED', 'the server is stopping');
    const device = presence.online(deviceId);
    if (device === undefined) throw gbError('ERR_GB28181_OFFLINE', `device ${deviceId} is offline`);
    const target = { path, device, channelId, transport: transport ?? devices.transportOf(deviceId) };
    const session = new LiveSession(target, this.#options, (ended) => {
      if (this.#sessions.get(path) === ended) this.#sessions.delete(path);
    });
    this.#sessions.set(path, session);
    return session;
  }
}
