import { closeReason, type PluginContext, pathPattern, type StreamInfo, type Viewer } from '@sluice/core';
import type { Packagers } from './packagers.js';

/** Has segments made of streams that match a pattern, though nobody watches: a viewer of our own keeps them going. */
export function keepAlwaysOn(ctx: PluginContext, patterns: readonly string[], packagers: Packagers): void {
  const checks = patterns.map(pathPattern);
  const kept = new Map<string, Viewer | undefined>();
  const keep = async (path: string): Promise<void> => {
    if (kept.has(path)) return;
    kept.set(path, undefined);
    const packager = packagers.acquire(path, 'auto', undefined);
    const over = (): void => {
      kept.delete(path);
      packager.end();
      packagers.release(packager);
    };
    try {
      const sink = { write: () => true, queued: 0, end: over };
      kept.set(path, await ctx.streams.view(path, { protocol: 'hls', trusted: true, form: packager.form, sink, start: 'now' }));
    } catch (error) {
      over();
      ctx.log.debug({ err: error, stream: path }, 'not kept on');
    }
  };
  ctx.hooks.tracksReady(({ path }: StreamInfo) => {
    if (checks.some((matches) => matches(path) !== undefined)) void keep(path);
  });
  ctx.onDispose(() => {
    for (const viewer of kept.values()) viewer?.close(closeReason('shutdown'));
  });
}
