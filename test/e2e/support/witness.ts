import { openCollector } from './collector.js';
import { type FlvViewer, viewFlv } from './flv-viewer.js';
import { media } from './paths.js';
import { start } from './programs.js';
import { type Server, streamState } from './server.js';

/** What a witness needs: a file to publish. */
export const witnessFile = media('avatar.flv');
const MAX_GAP_MS = 2000;
const MAX_GROWTH_BYTES = 60e6;
const MEMORY_MS = 30_000;

/** A stream and a viewer of it, which are to notice nothing of what is done to their server. */
export interface Witness {
  /** Throws where the server died, or the viewer had to wait; the picture after the storm counts too. */
  check(): Promise<void>;
  /** Bytes by which memory is larger than at first, as soon as they are few; or after half a minute. */
  grownBytes(): Promise<number>;
  readonly maxGrowthBytes: number;
  close(): void;
}

/** Publishes `live/reference` to a server, which was started with `COLLECTOR_ENV`, and watches it. */
export async function startWitness(server: Server): Promise<Witness> {
  const rss = async (): Promise<number> => (await server.api<{ memory: { rss: number } }>('/server')).body.memory.rss;
  const url = server.url('rtmp', 'live/reference');
  start('ffmpeg', ['-v', 'error', '-re', '-stream_loop', '-1', '-i', witnessFile, '-c', 'copy', '-f', 'flv', url], { timeoutMs: 300_000 });
  await streamState(server, 'live/reference', (stream: { state: string }) => stream.state === 'live');
  let lastAtMs = 0;
  let longestGapMs = 0;
  const viewer: FlvViewer = viewFlv(server.url('http', 'live/reference.flv'), ({ type, receivedAtMs }) => {
    if (type !== 9) return;
    if (lastAtMs > 0) longestGapMs = Math.max(longestGapMs, receivedAtMs - lastAtMs);
    lastAtMs = receivedAtMs;
  });
  const picture = (): Promise<unknown> => viewer.next(({ type }) => type === 9);
  // A second of pictures: what the viewer costs is there before anything is measured.
  const first = await viewer.next(({ type }) => type === 9);
  await viewer.next(({ type, dtsMs }) => type === 9 && dtsMs > first.dtsMs + 1000);
  const collector = await openCollector({ pid: server.program.process.pid ?? 0, log: () => server.program.output() });
  /** What is kept, without what nobody has cleared away yet. */
  const kept = async (): Promise<number> => {
    await collector.collect();
    return rss();
  };
  const startRss = await kept();
  return {
    maxGrowthBytes: MAX_GROWTH_BYTES,
    check: async () => {
      if (server.program.process.exitCode !== null) throw new Error(`the server ended: ${server.program.output().slice(-4000)}`);
      const { status } = await fetch(server.url('http', 'healthz'));
      if (status !== 200) throw new Error(`healthz answers ${status}`);
      await picture();
      if (longestGapMs >= MAX_GAP_MS) throw new Error(`the viewer had no picture for ${longestGapMs} ms`);
    },
    grownBytes: async () => {
      const deadline = performance.now() + MEMORY_MS;
      let grown = (await kept()) - startRss;
      while (grown > MAX_GROWTH_BYTES && performance.now() < deadline) {
        await picture();
        grown = (await kept()) - startRss;
      }
      return grown;
    },
    close: () => {
      collector.close();
      viewer.close();
    },
  };
}
