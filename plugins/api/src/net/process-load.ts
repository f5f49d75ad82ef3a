import { cpus } from 'node:os';
import type { PluginContext } from '@sluice/core';

/** What the process uses. `percent` is of one core, over the last seconds; memory in bytes. */
export interface ProcessLoad {
  readonly cpu: { readonly percent: number; readonly cores: number };
  readonly memory: { readonly rss: number; readonly heapUsed: number; readonly heapTotal: number; readonly external: number; readonly arrayBuffers: number };
}

const SAMPLE_MS = 5000;

/** Samples the CPU time from now on. */
export function createProcessLoad(ctx: PluginContext): () => ProcessLoad {
  let last = { usage: process.cpuUsage(), atMs: ctx.clock.now() };
  let percent = 0;
  const measure = (): number => {
    const elapsedMs = ctx.clock.now() - last.atMs;
    const { user, system } = process.cpuUsage(last.usage);
    return elapsedMs <= 0 ? 0 : Math.round((user + system) / elapsedMs) / 10;
  };
  const cancel = ctx.clock.every(SAMPLE_MS, () => {
    percent = measure();
    last = { usage: process.cpuUsage(), atMs: ctx.clock.now() };
  });
  ctx.onDispose(cancel);
  return () => {
    const { rss, heapUsed, heapTotal, external, arrayBuffers } = process.memoryUsage();
    return { cpu: { percent: percent === 0 ? measure() : percent, cores: cpus().length }, memory: { rss, heapUsed, heapTotal, external, arrayBuffers } };
  };
}
