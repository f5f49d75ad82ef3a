import { type Clock, type CloseReason, closeReason } from '@sluice/core';
import { gbError } from '../errors.js';
import { buildMansrtsp, mansrtspStatus, type PlaybackOrder } from '../proto/mansrtsp.js';
import type { PlaybackInfo, PlaybackState } from '../service.js';
import type { MediaSession } from './media-session.js';
import { asGbError } from './outbox.js';
import type { PeriodMs } from './records.js';

/** The slowest and fastest that a device is asked for. */
const MIN_SPEED = 1 / 16;
const MAX_SPEED = 32;

/** Reason of an end that MediaStatus 121 told. */
export const FINISHED: CloseReason = closeReason('ended', 'the recording is over');

/** What a playback is made of. */
export interface PlaybackParts {
  readonly id: string;
  readonly period: PeriodMs;
  readonly kind: 'playback' | 'download';
  readonly speed: number;
  readonly clock: Clock;
}

/** Throws ERR_GB28181_RANGE. */
export function checkSpeed(speed: number): void {
  if (!(Math.abs(speed) >= MIN_SPEED && Math.abs(speed) <= MAX_SPEED))
    throw gbError('ERR_GB28181_RANGE', `a speed is ${MIN_SPEED} to ${MAX_SPEED}, or negative`);
}

/** A recording that a device plays to us, and how far it is: the device tells nothing of that, so it is reckoned from what it was told. */
export class Playback {
  readonly id: string;
  readonly session: MediaSession;
  readonly #parts: PlaybackParts;
  #speed: number;
  #paused = false;
  #pausedAtMs = 0;
  #live = false;
  /** Position when it was last told anything, and when that was. */
  #fromSeconds = 0;
  #fromMs: number;
  #cseq = 0;
  #fileSizeBytes: number | undefined;
  #endedAtMs: number | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: PlaybackParts, session: MediaSession) {
    this.id = parts.id;
    this.session = session;
    this.#parts = parts;
    this.#speed = parts.speed;
    this.#fromMs = parts.clock.now();
    session.live.then(
      () => this.#started(),
      () => {},
    );
  }

  get durationSeconds(): number {
    const { startMs, endMs } = this.#parts.period;
    return (endMs - startMs) / 1000;
  }

  get state(): PlaybackState {
    if (this.session.endReason !== undefined) return 'ended';
    if (this.#paused) return 'paused';
    return this.#live ? 'playing' : 'connecting';
  }

  /** When it ended; undefined while it runs. */
  get endedAtMs(): number | undefined {
    return this.#endedAtMs;
  }

  get positionSeconds(): number {
    const runs = this.#live && !this.#paused;
    const untilMs = this.#endedAtMs ?? this.#parts.clock.now();
    const position = this.#fromSeconds + (runs ? ((untilMs - this.#fromMs) / 1000) * this.#speed : 0);
    return Math.round(Math.min(this.durationSeconds, Math.max(0, position)) * 1000) / 1000;
  }

  /** Waits for the answer to the INVITE, and asks for the speed. Rejects as the session does. */
  async accepted(): Promise<void> {
    const { kind, speed } = this.#parts;
    this.#fileSizeBytes = (await this.session.answered).fileSizeBytes;
    // A download is paced by its INVITE.
    if (kind === 'playback' && speed !== 1) await this.#tell({ kind: 'speed', factor: speed });
  }

  /** Whether it may go when nobody watches: a paused one may not, for so long. */
  isIdle(maxPausedSeconds: number): boolean {
    return !this.#paused || this.#parts.clock.now() - this.#pausedAtMs >= maxPausedSeconds * 1000;
  }

  pause(): Promise<void> {
    return this.#queue(async () => {
      if (this.#paused) return;
      // Before the device falls silent.
      this.session.hold(true);
      try {
        await this.#tell({ kind: 'pause' });
      } catch (error) {
        this.session.hold(false);
        throw error;
      }
      this.#anchor(this.positionSeconds);
      this.#paused = true;
      this.#pausedAtMs = this.#parts.clock.now();
    });
  }

  resume(): Promise<void> {
    return this.#queue(async () => {
      if (!this.#paused) return;
      await this.#tell({ kind: 'resume' });
      this.#goOn(this.positionSeconds);
    });
  }

  /** Throws ERR_GB28181_RANGE outside of the period. */
  seek(positionSeconds: number): Promise<void> {
    if (!(positionSeconds >= 0 && positionSeconds <= this.durationSeconds))
      return Promise.reject(gbError('ERR_GB28181_RANGE', `the recording is ${this.durationSeconds} s long`));
    return this.#queue(async () => {
      await this.#tell({ kind: 'seek', positionSeconds });
      this.#goOn(positionSeconds);
    });
  }

  async speed(factor: number): Promise<void> {
    checkSpeed(factor);
    await this.#queue(async () => {
      await this.#tell({ kind: 'speed', factor });
      const position = this.positionSeconds;
      this.#speed = factor;
      // PLAY goes on where it paused.
      this.#goOn(position);
    });
  }

  /** BYE. */
  end(reason: CloseReason): Promise<void> {
    return this.session.end(reason);
  }

  /** To be called when the session ended. */
  ended(): void {
    this.#endedAtMs ??= this.#parts.clock.now();
  }

  info(): PlaybackInfo {
    const { id, kind, period } = this.#parts;
    const { path, device, channelId } = this.session.target;
    const { endReason: reason } = this.session;
    return {
      id,
      path,
      state: this.state,
      positionSeconds: reason === FINISHED ? this.durationSeconds : this.positionSeconds,
      speed: this.#speed,
      deviceId: device.id,
      channelId,
      kind,
      start: new Date(period.startMs).toISOString(),
      end: new Date(period.endMs).toISOString(),
      ...(this.#fileSizeBytes === undefined ? {} : { fileSizeBytes: this.#fileSizeBytes }),
      ...(reason === undefined ? {} : { reason: reason === FINISHED ? 'finished' : reason.code }),
    };
  }

  #started(): void {
    this.#live = true;
    this.#anchor(this.#fromSeconds);
  }

  #goOn(positionSeconds: number): void {
    this.session.hold(false);
    this.#paused = false;
    this.#anchor(positionSeconds);
  }

  #anchor(positionSeconds: number): void {
    this.#fromSeconds = positionSeconds;
    this.#fromMs = this.#parts.clock.now();
  }

  /** One order at a time: devices answer late, and what is told next depends on it. */
  #queue(run: () => Promise<void>): Promise<void> {
    const next = this.#last.then(run, run);
    this.#last = next.catch(() => {});
    return next;
  }

  async #tell(order: PlaybackOrder): Promise<void> {
    const { device, path } = this.session.target;
    if (this.session.endReason !== undefined) throw gbError('ERR_GB28181_PLAYBACK_ENDED', `${path} has ended`);
    this.#cseq++;
    const body = buildMansrtsp(order, this.#cseq, device.profile.playbackVersion);
    const response = await this.session.request('INFO', 'Application/MANSRTSP', body).catch((error: unknown) => {
      throw asGbError(error, device.id);
    });
    const told = mansrtspStatus(response.body.toString('latin1'));
    const status = response.status >= 300 ? response.status : (told ?? response.status);
    if (status >= 300) throw gbError('ERR_GB28181_REFUSED', `device ${device.id} refused to ${order.kind} with ${status} ${response.reason}`);
  }
}
