import { transcodeError } from '../errors.js';
import type { TargetFormat } from '../worker/messages.js';
import { SoundLink, type SoundLinkDependencies, type SoundListener, type SoundTrack } from './sound-link.js';

/** A thread is filled up to here before the next one is started. */
const TRACKS_PER_THREAD = 16;

/** What is told of all threads at once. */
export interface SoundPoolDependencies extends Omit<SoundLinkDependencies, 'crashed'> {
  /** Threads at the most; each is started when it is needed. */
  readonly threads: number;
  /** A thread crashed; `givenUp` once none is left. */
  readonly crashed: (error: unknown, givenUp: boolean) => void;
}

/** Spreads tracks over a few threads. */
export class SoundPool {
  readonly #links: readonly SoundLink[];

  constructor({ threads, crashed, ...dependencies }: SoundPoolDependencies) {
    this.#links = Array.from({ length: threads }, () => new SoundLink({ ...dependencies, crashed: (error) => crashed(error, !this.works) }));
  }

  /** Tracks in the making. */
  get size(): number {
    return this.#links.reduce((sum, link) => sum + link.size, 0);
  }
  /** False once every thread crashed too often. */
  get works(): boolean {
    return this.#links.some((link) => link.works);
  }

  /** Sound is likely to be wanted: a thread takes a second to start on a busy machine, and whoever is the first to want it should not wait so long. */
  warm(): void {
    this.#links.find((link) => link.works)?.warm();
  }

  /** Begins a track where there is room, or else where there are fewest. Throws `ERR_TRANSCODE_THREADS` where no thread works any more. */
  open(target: TargetFormat, listener: SoundListener): SoundTrack {
    const working = this.#links.filter((link) => link.works);
    const fewest = (best: SoundLink | undefined, link: SoundLink): SoundLink => (best === undefined || link.size < best.size ? link : best);
    const link = working.find(({ size }) => size > 0 && size < TRACKS_PER_THREAD) ?? working.reduce<SoundLink | undefined>(fewest, undefined);
    if (link === undefined) throw transcodeError('ERR_TRANSCODE_THREADS', 'the transcoding threads crash');
    return link.open(target, listener);
  }

  async close(): Promise<void> {
    await Promise.all(this.#links.map((link) => link.close()));
  }
}
