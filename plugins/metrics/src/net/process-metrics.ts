import { readdirSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { PluginContext } from '@sluice/core';
import { Counter, Gauge, type Registry } from 'prom-client';

const NANOSECONDS = 1e9;
/** Each sample wakes the process: often enough to see what hurts, seldom enough to cost nothing. */
const RESOLUTION_MS = 100;

/**
 * Registers figures of the process under the names everybody's dashboards use. Ours instead of prom-client's own collection: that one
 * starts timers nobody can stop, and there may be several engines in a process.
 */
export function addProcessMetrics(registry: Registry, ctx: PluginContext): { collect(): void } {
  const registers = [registry];
  const cpu = new Counter({ name: 'process_cpu_seconds_total', help: 'CPU time of the process', registers });
  const rss = new Gauge({ name: 'process_resident_memory_bytes', help: 'Resident memory of the process', registers });
  const heap = new Gauge({ name: 'nodejs_heap_size_used_bytes', help: 'Used heap of JavaScript', registers });
  const external = new Gauge({ name: 'nodejs_external_memory_bytes', help: 'Memory outside the heap, buffers included', registers });
  const handles = new Gauge({ name: 'process_open_fds', help: 'Open file descriptors, where the system tells', registers });
  const resources = new Gauge({
    name: 'nodejs_active_resources',
    help: 'What keeps the process busy: sockets, timers …',
    labelNames: ['type'] as const,
    registers,
  });
  const timers = new Gauge({ name: 'sluice_timers', help: 'Timers of the engine and its plugins that are still to run', registers });
  const started = new Gauge({ name: 'process_start_time_seconds', help: 'When the process started, in seconds since 1970', registers });
  const lag = new Gauge({
    name: 'nodejs_eventloop_lag_seconds',
    help: 'Lag of the event loop since the last scrape',
    labelNames: ['quantile'] as const,
    registers,
  });
  const info = new Gauge({ name: 'sluice_info', help: 'Version of Sluice', labelNames: ['version'] as const, registers });
  started.set(Math.round(Date.now() / 1000 - process.uptime()));
  info.set({ version: ctx.engine.version }, 1);
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  ctx.onDispose(() => void delay.disable());
  return {
    collect() {
      const { user, system } = process.cpuUsage();
      const memory = process.memoryUsage();
      // What it counted before is the process's, so it is set anew.
      cpu.reset();
      cpu.inc((user + system) / 1e6);
      rss.set(memory.rss);
      heap.set(memory.heapUsed);
      external.set(memory.external);
      const open = openHandles();
      if (open !== undefined) handles.set(open);
      timers.set(ctx.engine.timers());
      resources.reset();
      for (const type of process.getActiveResourcesInfo()) resources.inc({ type });
      if (delay.max > 0) {
        lag.set({ quantile: '0.5' }, lagSeconds(delay.percentile(50)));
        lag.set({ quantile: '0.99' }, lagSeconds(delay.percentile(99)));
        lag.set({ quantile: '1' }, lagSeconds(delay.max));
      }
      delay.reset();
    },
  };
}

function openHandles(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return undefined; // no Linux
  }
}

/** A sample is the time since the one before, in nanoseconds. */
function lagSeconds(sample: number): number {
  return Math.max(0, sample / NANOSECONDS - RESOLUTION_MS / 1000);
}
