import type { PluginContext } from '@sluice/core';
import { Counter, type Registry } from 'prom-client';

/** Registers what went wrong, by plugin and kind. */
export function addErrorMetrics(registry: Registry, ctx: PluginContext): { collect(): void } {
  const errors = new Counter({
    name: 'sluice_errors_total',
    help: 'What peers and machines did wrong: malformed input, refused connections, slow viewers …',
    labelNames: ['plugin', 'kind'] as const,
    registers: [registry],
  });
  return {
    collect() {
      errors.reset();
      for (const { plugin, kind, count } of ctx.engine.errors()) errors.inc({ plugin, kind }, count);
    },
  };
}
