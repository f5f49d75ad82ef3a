import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine, type Engine, type EngineOptions } from '../engine.js';
import type { ReportEvent } from '../hooks/events.js';
import { definePlugin } from '../plugin/define-plugin.js';

/** An engine for a test, with the reports it gave. */
export interface TestEngine extends Engine {
  readonly reports: readonly ReportEvent[];
  /** Resolves with the first report, past or coming, that `matches`. */
  reported(matches: (event: ReportEvent) => boolean): Promise<ReportEvent>;
  /** Stops it and removes its data folder. */
  dispose(): Promise<void>;
}

/** Starts an engine on the loopback interface with a data folder of its own. */
export async function startTestEngine(options: EngineOptions = {}): Promise<TestEngine> {
  const data = mkdtempSync(join(tmpdir(), 'sluice-'));
  const reports: ReportEvent[] = [];
  const waiting = new Set<(event: ReportEvent) => void>();
  const recorder = definePlugin({
    name: 'test-recorder',
    version: '1.0.0',
    setup: (ctx) =>
      ctx.hooks.report((event) => {
        reports.push(event);
        for (const look of [...waiting]) look(event);
      }),
  });
  const given = (options.config?.engine ?? {}) as Record<string, unknown>;
  const config = { ...options.config, engine: { data, host: '127.0.0.1', ...given } };
  const remove = (): void => rmSync(data, { recursive: true, force: true });
  const engine = await startOrTidy(() => createEngine({ ...options, plugins: [recorder, ...(options.plugins ?? [])], config }), remove);
  return {
    info: engine.info,
    streams: engine.streams,
    hooks: engine.hooks,
    secrets: engine.secrets,
    reports,
    get addresses() {
      return engine.addresses;
    },
    start: () => engine.start(),
    stop: (kind) => engine.stop(kind),
    publish: (path, publishOptions) => engine.publish(path, publishOptions),
    subscribe: (path, subscribeOptions) => engine.subscribe(path, subscribeOptions),
    service: (token) => engine.service(token),
    extensions: (point) => engine.extensions(point),
    reported: (matches) => waitFor(matches, reports, waiting),
    dispose: async () => {
      await engine.stop();
      remove();
    },
  };
}

/** Nobody is there to dispose an engine that did not start. */
async function startOrTidy(create: () => Promise<Engine>, tidy: () => void): Promise<Engine> {
  try {
    const engine = await create();
    await engine.start();
    return engine;
  } catch (error) {
    tidy();
    throw error;
  }
}

function waitFor(matches: (event: ReportEvent) => boolean, past: readonly ReportEvent[], waiting: Set<(event: ReportEvent) => void>): Promise<ReportEvent> {
  const found = past.find(matches);
  if (found !== undefined) return Promise.resolve(found);
  return new Promise((resolve) => {
    const look = (event: ReportEvent): void => {
      if (!matches(event)) return;
      waiting.delete(look);
      resolve(event);
    };
    waiting.add(look);
  });
}
