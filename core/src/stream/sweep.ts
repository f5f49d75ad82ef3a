import type { EngineSettings } from '../config/engine-schema.js';
import type { Stream } from './stream.js';

/** What is due for a stream: its publisher did not come back, is silent, or nobody watches. */
export type Due = 'lingered' | 'silent' | 'idle' | undefined;

/** Looks after one stream, once a second: the bit rate is sampled, what nobody watches is dropped, late tracks are given up, and what is due is answered. */
export function sweepStream(stream: Stream, nowMs: number, settings: EngineSettings): Due {
  stream.meter.sample(stream.bytesIn);
  stream.dropUnwatched(nowMs);
  const publisher = stream.publisher;
  if (publisher === undefined) return nowMs >= stream.lingerUntilMs ? 'lingered' : undefined;
  // Nobody could watch it yet: those who asked for it wait.
  if (publisher.firstTrackMs !== undefined && !stream.ready) stream.idleSinceMs = nowMs;
  if (publisher.firstTrackMs !== undefined && nowMs - publisher.firstTrackMs >= settings.trackWaitMs) {
    stream.makeReady();
    stream.dropStaleTracks();
  }
  stream.askKeyFrame(nowMs);
  if (nowMs - publisher.lastSignMs > publisher.receiveTimeoutMs) return 'silent';
  const idle = !stream.wanted && nowMs - stream.idleSinceMs >= settings.idleSeconds * 1000;
  return idle && !stream.idleAsked ? 'idle' : undefined;
}
