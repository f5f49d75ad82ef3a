import { createHash, randomBytes } from 'node:crypto';
import { type CloseReason, closeReason, type PluginContext, type Viewer, type ViewerSink } from '@sluice/core';
import type { StreamRequest } from '@sluice/plugin-http/service';
import type { HlsConfig } from '../config.js';
import type { FormChoice } from '../map/container.js';
import type { Packager } from './packager.js';
import type { Packagers } from './packagers.js';

/** A viewer, as its requests show it. */
export interface HlsViewer {
  /** Unguessable: who has it may fetch segments. */
  readonly key: string;
  readonly packager: Packager;
  readonly fingerprint: string;
  /** Path of the stream, resolved. */
  path: string;
  /** The core's session; undefined while the stream is away. */
  session: Viewer | undefined;
  /** When its permission ends: that of the last session. */
  permission: Pick<Viewer, 'permittedUntilMs'>;
  lastSeenMs: number;
  lastPlaylistMs: number;
  /** Whether it sends cookies back, known from its first segment on. */
  keepsCookies: boolean | undefined;
}

/** A request for a playlist with what tells its viewer. */
export interface Asking {
  readonly stream: StreamRequest;
  readonly choice: FormChoice;
  /** Value of the cookie. */
  readonly cookie: string | undefined;
  readonly signal: AbortSignal;
  readonly onAllowed: () => void;
}

/** A viewer stays for so many segments without a request. */
const SEGMENTS_AWAY = 3;
const SWEEP_MS = 1000;
const FOR_EVER: HlsViewer['permission'] = { permittedUntilMs: Number.POSITIVE_INFINITY };

/** What makes two requests without a cookie those of one viewer: where they come from, and what they ask for. */
function fingerprintOf({ path, query, remote, userAgent, token }: StreamRequest): string {
  const host = remote.slice(0, remote.lastIndexOf(':'));
  return JSON.stringify([path, Object.entries(query).sort(), host, userAgent, token]);
}

/** Name of the cookie: one for each address, as two players of a browser may play two streams. */
export function cookieNameOf({ path, query }: StreamRequest): string {
  const digest = createHash('sha256').update(JSON.stringify([path, Object.entries(query).sort()]));
  return `sluice-hls-${digest.digest('hex').slice(0, 12)}`;
}

/** Those who watch. Each is a session of the core's until it asks for nothing more. */
export class HlsViewers {
  readonly #ctx: PluginContext;
  readonly #config: HlsConfig;
  readonly #packagers: Packagers;
  readonly #byKey = new Map<string, HlsViewer>();
  readonly #byFingerprint = new Map<string, Set<HlsViewer>>();

  constructor(ctx: PluginContext, config: HlsConfig, packagers: Packagers) {
    this.#ctx = ctx;
    this.#config = config;
    this.#packagers = packagers;
    ctx.onDispose(ctx.clock.every(SWEEP_MS, () => this.#sweep()));
  }

  /** The viewer that asks for a playlist: one that is known, or a new one. Rejects as `streams.view` does. */
  async seen(asking: Asking): Promise<HlsViewer> {
    const fingerprint = fingerprintOf(asking.stream);
    const viewer = this.#find(asking.cookie, fingerprint) ?? (await this.#begin(asking, fingerprint));
    if (viewer.session === undefined && this.#ctx.streams.describe(viewer.path) !== undefined) await this.#attach(viewer, asking);
    const nowMs = this.#ctx.clock.now();
    viewer.lastSeenMs = nowMs;
    viewer.lastPlaylistMs = nowMs;
    return viewer;
  }

  #find(cookie: string | undefined, fingerprint: string): HlsViewer | undefined {
    const named = cookie === undefined ? undefined : this.#byKey.get(cookie);
    if (named?.fingerprint === fingerprint) return named;
    for (const viewer of this.#byFingerprint.get(fingerprint) ?? []) if (this.#asksAgain(viewer)) return viewer;
    return undefined;
  }

  /** Whether a request without a cookie can be this viewer's: not if it keeps cookies, nor if it asked just now (RFC 8216 6.3.4). */
  #asksAgain({ keepsCookies, lastPlaylistMs, packager }: HlsViewer): boolean {
    return keepsCookies === undefined ? this.#ctx.clock.now() - lastPlaylistMs >= packager.targetMs / 4 : !keepsCookies;
  }

  async #begin(asking: Asking, fingerprint: string): Promise<HlsViewer> {
    const { stream, choice } = asking;
    const packager = this.#packagers.acquire(stream.path, choice, stream.query.audio);
    const nowMs = this.#ctx.clock.now();
    const viewer: HlsViewer = {
      key: randomBytes(12).toString('base64url'),
      packager,
      fingerprint,
      path: stream.path,
      session: undefined,
      permission: FOR_EVER,
      lastSeenMs: nowMs,
      lastPlaylistMs: nowMs,
      keepsCookies: undefined,
    };
    try {
      await this.#attach(viewer, asking);
    } catch (error) {
      this.#packagers.release(packager);
      throw error;
    }
    this.#remember(viewer);
    return viewer;
  }

  #remember(viewer: HlsViewer): void {
    this.#byKey.set(viewer.key, viewer);
    const alike = this.#byFingerprint.get(viewer.fingerprint) ?? new Set();
    this.#byFingerprint.set(viewer.fingerprint, alike.add(viewer));
  }

  /** Makes it a session of the core's. */
  async #attach(viewer: HlsViewer, { stream, signal, onAllowed }: Asking): Promise<void> {
    const { path, ...peer } = stream;
    const { packager } = viewer;
    // Bytes go by requests, not here.
    const sink: ViewerSink = { write: () => true, queued: 0, end: (reason) => this.#ended(viewer, reason) };
    // It waits for no key frame: segments begin with one. To ask for one would only make the first segment too short to play on.
    const session = await this.#ctx.streams.view(path, { ...peer, protocol: 'hls', form: packager.form, sink, start: 'now', signal, onAllowed });
    viewer.session?.close(closeReason('replaced'));
    viewer.session = session;
    viewer.permission = session;
    viewer.path = session.path;
  }

  /** The core ended it. Where only the stream went, it may come back. */
  #ended(viewer: HlsViewer, reason: CloseReason): void {
    viewer.session = undefined;
    if (reason.code === 'stream-closed') viewer.packager.end();
    else this.#forget(viewer);
  }

  /** The viewer that may fetch segments of `packager` with this key. */
  find(key: string, packagerKey: string): HlsViewer | undefined {
    const viewer = this.#byKey.get(key);
    if (viewer?.packager.key !== packagerKey) return undefined;
    viewer.lastSeenMs = this.#ctx.clock.now();
    return viewer;
  }

  #forget(viewer: HlsViewer): void {
    if (!this.#byKey.delete(viewer.key)) return;
    const alike = this.#byFingerprint.get(viewer.fingerprint);
    alike?.delete(viewer);
    if (alike?.size === 0) this.#byFingerprint.delete(viewer.fingerprint);
    this.#packagers.release(viewer.packager);
  }

  #sweep(): void {
    const nowMs = this.#ctx.clock.now();
    for (const viewer of [...this.#byKey.values()]) {
      // While the stream is away there is no session that the core could end.
      if (viewer.session === undefined && nowMs >= viewer.permission.permittedUntilMs) {
        this.#forget(viewer);
        continue;
      }
      const awayMs = Math.max(this.#config.sessionSeconds * 1000, SEGMENTS_AWAY * viewer.packager.targetMs);
      if (nowMs - viewer.lastSeenMs < awayMs) continue;
      this.#forget(viewer);
      viewer.session?.close(closeReason('timeout', 'no request'));
    }
  }
}
