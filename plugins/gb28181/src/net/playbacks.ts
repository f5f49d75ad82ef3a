import { randomBytes } from 'node:crypto';
import { type Clock, type CloseReason, closeReason, type DemandRequest, type DemandVerdict, type IdleVerdict, messageOf, SluiceError } from '@sluice/core';
import { gbError } from '../errors.js';
import type { PlaybackInfo, PlaybackOptions } from '../service.js';
import { findChannel, onlineDevice } from './channels.js';
import type { Devices } from './devices.js';
import { MediaSession, type MediaSessionDeps, type MediaTarget } from './media-session.js';
import { checkSpeed, FINISHED, Playback } from './playback.js';
import type { Presence } from './presence.js';
import { readPeriod } from './records.js';

/** What playbacks work with. */
export interface PlaybacksOptions extends MediaSessionDeps {
  readonly clock: Clock;
  readonly devices: Devices;
  readonly presence: Presence;
}

/** Ended playbacks are told about for so long, and so many of them. */
const KEEP_MS = 300_000;
const MAX_ENDED = 1000;
/** The longest silence that a server grants. */
const MAX_SILENCE_SECONDS = 3600;

/** The recordings that devices play: each an INVITE and a path of its own. */
export class Playbacks {
  readonly #options: PlaybacksOptions;
  /** Running and ended ones, oldest first. */
  readonly #byId = new Map<string, Playback>();
  readonly #byPath = new Map<string, Playback>();
  #draining = false;

  constructor(options: PlaybacksOptions) {
    this.#options = options;
  }

  /** Resolves when the device accepted. */
  async start(channelId: string, options: PlaybackOptions): Promise<PlaybackInfo> {
    const { devices, presence, clock } = this.#options;
    const period = readPeriod(options);
    const { speed = 1, kind = 'playback' } = options;
    checkSpeed(speed);
    const channel = findChannel(devices, channelId, options.device);
    if (this.#draining) throw gbError('ERR_GB28181_ENDED', 'the server is stopping');
    const device = onlineDevice(presence, channel.deviceId);
    const id = randomBytes(8).toString('hex');
    const target: MediaTarget = {
      path: `gb/${channelId}/playback/${id}`,
      device,
      channelId,
      transport: options.transport ?? devices.transportOf(device.id),
      port: options.port ?? device.profile.mediaPort,
      stream: options.stream,
      // Servers it is pushed to hold it too while it is paused (`rtmp` and `relay` pass this on).
      query: { receiveTimeoutSeconds: String(Math.min(this.#options.config.playback.maxPausedSeconds, MAX_SILENCE_SECONDS)) },
      recording: {
        kind: kind === 'download' ? 'Download' : 'Playback',
        start: period.startMs / 1000,
        end: period.endMs / 1000,
        ...(kind === 'download' ? { downloadSpeed: speed } : {}),
      },
    };
    const session = new MediaSession(target, this.#options, () => this.#ended(playback));
    const playback: Playback = new Playback({ id, period, kind, speed, clock }, session);
    this.#byId.set(id, playback);
    this.#byPath.set(target.path, playback);
    try {
      await playback.accepted();
    } catch (error) {
      await playback.end(closeReason('gb28181-failed', messageOf(error)));
      this.#byId.delete(id);
      throw error;
    }
    return playback.info();
  }

  /** Throws ERR_GB28181_PLAYBACK_UNKNOWN. */
  get(id: string): Playback {
    this.#prune();
    const playback = this.#byId.get(id);
    if (playback === undefined) throw gbError('ERR_GB28181_PLAYBACK_UNKNOWN', `no playback ${id}`);
    return playback;
  }

  /** BYE, and it is forgotten. */
  async remove(id: string): Promise<void> {
    const playback = this.get(id);
    this.#byId.delete(id);
    await playback.end(closeReason('kicked', 'ended by the API'));
  }

  /** A viewer waits for a path of ours; undefined for all others. */
  async demand({ path }: Pick<DemandRequest, 'path'>): Promise<DemandVerdict | undefined> {
    const playback = this.#byPath.get(path);
    if (playback === undefined) return undefined;
    try {
      await playback.session.live;
      return { served: true };
    } catch (error) {
      const { code, status } = error instanceof SluiceError ? error : { code: 'ERR_GB28181_ENDED', status: undefined };
      return { served: false, status: status ?? 502, code, message: messageOf(error) };
    }
  }

  /** Nobody watches a path: a paused playback is kept for a while. */
  idle(path: string): IdleVerdict | undefined {
    const playback = this.#byPath.get(path);
    if (playback === undefined) return undefined;
    return playback.isIdle(this.#options.config.playback.maxPausedSeconds) ? 'end' : 'keep';
  }

  /** The device of a dialog. */
  deviceOfCall(callId: string): string | undefined {
    return this.#ofCall(callId)?.session.target.device.id;
  }

  /**
   * MediaStatus 121: a device sent all there is. By Call-ID first, since From and DeviceID are often another's (2022 9.8); else by device and
   * channel, and of several the one that is nearest to its end.
   */
  finished(deviceId: string, callId: string, named: string): void {
    const called = this.#ofCall(callId);
    const own = [...this.#byPath.values()].filter(({ session }) => session.target.device.id === deviceId);
    const channels = own.filter(({ session }) => session.target.channelId === named);
    // Named after the device itself: only where there is no doubt.
    const candidates = channels.length > 0 ? channels : named === deviceId && own.length === 1 ? own : [];
    const left = (playback: Playback) => playback.durationSeconds - playback.positionSeconds;
    const playback = called ?? candidates.sort((a, b) => left(a) - left(b))[0];
    void playback?.end(FINISHED);
  }

  deviceGone(deviceId: string): void {
    for (const playback of [...this.#byPath.values()])
      if (playback.session.target.device.id === deviceId) void playback.end({ code: 'gb28181-offline', message: 'the device went offline' });
  }

  /** Ends all; no new ones after it. */
  async endAll(reason: CloseReason): Promise<void> {
    this.#draining = true;
    await Promise.all([...this.#byPath.values()].map((playback) => playback.end(reason)));
  }

  #ofCall(callId: string): Playback | undefined {
    for (const playback of this.#byPath.values()) if (playback.session.callId === callId) return playback;
    return undefined;
  }

  #ended(playback: Playback): void {
    playback.ended();
    this.#byPath.delete(playback.session.target.path);
    this.#prune();
  }

  #prune(): void {
    const now = this.#options.clock.now();
    let ended = 0;
    for (const { endedAtMs } of this.#byId.values()) if (endedAtMs !== undefined) ended++;
    for (const [id, { endedAtMs }] of this.#byId) {
      if (endedAtMs === undefined || (ended <= MAX_ENDED && now - endedAtMs < KEEP_MS)) continue;
      this.#byId.delete(id);
      ended--;
    }
  }
}
