import { type Clock, type CloseReason, type DemandRequest, type DemandVerdict, messageOf, SluiceError, type Streams } from '@sluice/core';
import { gbError } from '../errors.js';
import { isGbId } from '../proto/ids.js';
import type { ChannelChoice, PlayOptions, PlayResult } from '../service.js';
import { type Channel, findChannel, onlineDevice } from './channels.js';
import type { Devices } from './devices.js';
import { MediaSession, type MediaSessionDeps, type MediaTarget } from './media-session.js';
import type { OnlineDevice, Presence } from './presence.js';
import { Revival } from './revival.js';

/** What live channels work with. */
export interface LiveOptions extends MediaSessionDeps {
  readonly clock: Clock;
  readonly streams: Pick<Streams, 'describe'>;
  readonly devices: Devices;
  readonly presence: Presence;
  /** Asks a device for a key frame. */
  readonly keyFrame: (device: OnlineDevice, channelId: string) => void;
}

/** Ends after which a stream lingers: its viewers wait for it to come back. */
const LINGERING = new Set(['lost', 'timeout', 'protocol-error']);
/** What a camera said, or that it said nothing. */
const REFUSALS = new Set(['ERR_GB28181_REFUSED', 'ERR_GB28181_SILENT', 'ERR_GB28181_NO_MEDIA']);
const MAX_REFUSALS = 10_000;

/** Live channels: one INVITE per path, however many ask for it. */
export class Live {
  readonly #options: LiveOptions;
  readonly #sessions = new Map<string, MediaSession>();
  readonly #revival: Revival;
  /** What viewers are told without asking the camera again, for a moment. */
  readonly #refusals = new Map<string, SluiceError>();
  #draining = false;

  constructor(options: LiveOptions) {
    this.#options = options;
    this.#revival = new Revival({ clock: options.clock, isWanted: (path) => this.#isWanted(path) });
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** The device of a dialog. */
  deviceOfCall(callId: string): string | undefined {
    for (const { callId: own, target } of this.#sessions.values()) if (own === callId) return target.device.id;
    return undefined;
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
      const channel = findChannel(this.#options.devices, channelId, parts.length === 3 ? parts[1] : undefined);
      const refusal = this.#refusals.get(path);
      if (refusal !== undefined) throw refusal;
      await this.#session(path, channel).wait(signal);
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
    const channel = findChannel(this.#options.devices, channelId, options.device);
    const path = this.#options.devices.pathOf(channel.deviceId, channelId);
    await this.#session(path, channel, options).wait();
    return { path, state: 'live' };
  }

  async stop(channelId: string, options: ChannelChoice = {}): Promise<void> {
    const channel = findChannel(this.#options.devices, channelId, options.device);
    const ours = [...this.#sessions.values()].filter(({ target }) => target.channelId === channelId && target.device.id === channel.deviceId);
    if (ours.length === 0) throw gbError('ERR_GB28181_NOT_PLAYING', `channel ${channelId} is not playing`);
    await Promise.all(ours.map((session) => session.end({ code: 'kicked', message: 'stopped by the API' })));
  }

  /** A device went: its sessions end, with a BYE that it may still get. */
  deviceGone(deviceId: string): void {
    for (const session of [...this.#sessions.values()]) {
      if (session.target.device.id !== deviceId) continue;
      // Viewers of a picture wait a little: a device that moved registers anew.
      void session.end({ code: session.isLive ? 'lost' : 'gb28181-offline', message: 'the device went offline' });
    }
  }

  /** A device came (again): what its viewers wait for is asked for again. */
  deviceOnline(deviceId: string): void {
    this.#revival.deviceOnline(deviceId);
  }

  /** Ends all; no new ones after it. */
  async endAll(reason: CloseReason): Promise<void> {
    this.#draining = true;
    this.#revival.close();
    await Promise.all([...this.#sessions.values()].map((session) => session.end(reason)));
  }

  #session(path: string, { deviceId, channelId }: Channel, options: PlayOptions = {}): MediaSession {
    const running = this.#sessions.get(path);
    if (running !== undefined) return running;
    const { devices, presence, keyFrame } = this.#options;
    if (this.#draining) throw gbError('ERR_GB28181_ENDED', 'the server is stopping');
    const device = onlineDevice(presence, deviceId);
    const target: MediaTarget = {
      path,
      device,
      channelId,
      transport: options.transport ?? devices.transportOf(deviceId),
      port: options.port ?? device.profile.mediaPort,
      stream: options.stream,
      controls: { keyFrame: () => keyFrame(presence.online(deviceId) ?? device, channelId) },
    };
    const startedMs = this.#options.clock.now();
    const session = new MediaSession(target, this.#options, (ended) => {
      if (this.#sessions.get(path) === ended) this.#sessions.delete(path);
      const start = async () => this.#session(path, { deviceId, channelId }, options).wait();
      if (ended.isLive && LINGERING.has(ended.endReason?.code ?? '')) this.#revival.lost(path, deviceId, this.#options.clock.now() - startedMs, start);
      else if (ended.isLive) this.#revival.forget(path);
    });
    this.#sessions.set(path, session);
    return session;
  }

  #isWanted(path: string): boolean {
    const stream = this.#options.streams.describe(path);
    return !this.#draining && stream?.state === 'lingering' && stream.viewers > 0;
  }
}
