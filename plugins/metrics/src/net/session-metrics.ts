import type { PluginContext } from '@sluice/core';
import { Gauge, type Registry } from 'prom-client';

/** Registers who is there by protocol, what is listened on, and how the plugins are. */
export function addSessionMetrics(registry: Registry, ctx: PluginContext): { collect(): void } {
  const registers = [registry];
  const sessions = new Gauge({
    name: 'sluice_sessions',
    help: 'Publishers and viewers now, by protocol',
    labelNames: ['kind', 'protocol'] as const,
    registers,
  });
  const lag = new Gauge({ name: 'sluice_viewer_lag_seconds', help: 'How far the viewer furthest behind is', registers });
  const ports = new Gauge({ name: 'sluice_listening_ports', help: 'Ports open, by plugin', labelNames: ['plugin', 'protocol'] as const, registers });
  const plugins = new Gauge({
    name: 'sluice_plugins',
    help: 'Plugins by state; faulty ones threw, hung or blocked',
    labelNames: ['state'] as const,
    registers,
  });
  const warnings = new Gauge({ name: 'sluice_warnings', help: 'Warnings that an operator should look at (GET /api/v1/server)', registers });
  return {
    collect() {
      for (const gauge of [sessions, ports, plugins]) gauge.reset();
      let lagMs = 0;
      for (const session of ctx.streams.sessions()) {
        sessions.inc({ kind: session.kind, protocol: session.protocol });
        lagMs = Math.max(lagMs, session.lagMs);
      }
      lag.set(lagMs / 1000);
      for (const { plugin, protocol } of ctx.engine.addresses()) ports.inc({ plugin, protocol });
      for (const { state } of ctx.engine.plugins()) plugins.inc({ state });
      warnings.set(ctx.engine.warnings().length);
    },
  };
}
