import { checkStreamPath, type Frame, type PluginContext } from '@sluice/core';
import type { SnapshotConfig } from '../config.js';
import { snapshotError } from '../errors.js';
import { keyPictureOf } from '../proto/key-picture.js';
import type { SnapshotService, SnapshotSize } from '../service.js';
import { Ffmpeg } from './ffmpeg.js';
import { Turns } from './turns.js';

/** Pictures of one key frame, by size. */
interface Cached {
  readonly frame: Frame;
  readonly bySize: Map<string, Promise<Buffer>>;
}

/** Sizes kept of one key frame. */
const MAX_SIZES = 8;

/** Takes the newest key frames of streams and has them decoded: once each, a few at a time. */
export class Snapshots implements SnapshotService {
  readonly #ctx: PluginContext;
  readonly #config: SnapshotConfig;
  readonly #turns: Turns;
  readonly #ffmpeg: Ffmpeg;
  /** By path, the one used last at the end. */
  readonly #cache = new Map<string, Cached>();

  constructor(ctx: PluginContext, config: SnapshotConfig) {
    this.#ctx = ctx;
    this.#config = config;
    this.#turns = new Turns(config.concurrency, config.maxWaiting);
    this.#ffmpeg = new Ffmpeg(config.ffmpeg, config.timeoutSeconds * 1000, ctx.clock);
    ctx.hooks.closed((path) => void this.#cache.delete(path));
    ctx.onDispose(() => this.#ffmpeg.close());
  }

  async take(path: string, size: SnapshotSize = {}): Promise<Buffer> {
    const frame = await this.#keyFrame(checkStreamPath(path));
    const cached = this.#cachedOf(path, frame);
    const key = `${size.width ?? ''}x${size.height ?? ''}`;
    const known = cached.bySize.get(key);
    if (known !== undefined) return known;
    const made = this.#decode(frame, size);
    if (cached.bySize.size < MAX_SIZES) {
      cached.bySize.set(key, made);
      // What failed may succeed with the next request.
      made.catch(() => cached.bySize.delete(key));
    }
    return made;
  }

  /** The newest key frame, or the next one where there is none. */
  async #keyFrame(path: string): Promise<Frame> {
    const { streams, clock } = this.#ctx;
    const known = streams.describe(path);
    // Waited for, without a publisher: there is no stream yet.
    if (known === undefined || (known.publisher === null && known.state === 'waiting')) throw snapshotError('ERR_STREAM_NOT_FOUND', 404, `no stream ${path}`);
    const over = new AbortController();
    const stopTimer = clock.after(this.#config.keyFrameSeconds * 1000, () => over.abort());
    try {
      const subscription = await streams.subscribe(path, { start: 'gop', signal: over.signal, trusted: true }).catch((error: unknown) => {
        throw over.signal.aborted ? noKeyFrame(path) : error;
      });
      const hasVideo = subscription.tracks.some(({ kind }) => kind === 'video');
      if (!hasVideo) {
        subscription.close();
        throw snapshotError('ERR_SNAPSHOT_NO_VIDEO', 404, `${path} has no video`);
      }
      for await (const frame of subscription) if (frame.key && frame.track.kind === 'video') return frame;
      throw noKeyFrame(path);
    } finally {
      stopTimer();
    }
  }

  #cachedOf(path: string, frame: Frame): Cached {
    const known = this.#cache.get(path);
    this.#cache.delete(path);
    const cached = known?.frame === frame ? known : { frame, bySize: new Map<string, Promise<Buffer>>() };
    this.#cache.set(path, cached);
    for (const [oldest] of this.#cache) {
      if (this.#cache.size <= this.#config.cachedPictures) break;
      this.#cache.delete(oldest);
    }
    return cached;
  }

  async #decode(frame: Frame, size: SnapshotSize): Promise<Buffer> {
    const picture = keyPictureOf(frame);
    if (picture === undefined) throw snapshotError('ERR_SNAPSHOT_CODEC', 501, `${frame.track.codec} cannot be decoded here`);
    const decoded = this.#turns.run(() => this.#ffmpeg.decode(picture, size));
    if (decoded === undefined) throw snapshotError('ERR_SNAPSHOT_BUSY', 503, 'too many pictures wait already (snapshot.maxWaiting)');
    return decoded;
  }
}

function noKeyFrame(path: string): Error {
  return snapshotError('ERR_SNAPSHOT_NO_KEY_FRAME', 503, `${path}: no key frame yet`);
}
