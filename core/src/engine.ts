import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Logger } from 'pino';
import type { EngineConfig } from './config/config-types.js';
import type { EngineSettings } from './config/engine-schema.js';
import { configSchema } from './config/json-schema.js';
import { type ResolvedConfig, resolveConfig } from './config/resolve-config.js';
import { messageOf, SluiceError } from './error.js';
import type { ReportEvents } from './hooks/events.js';
import { createHooks, type HookTaps } from './hooks/hooks.js';
import { LogLines } from './hooks/log-lines.js';
import { eventMemory, Reports } from './hooks/reports.js';
import { createTaps, HOOK_TIMEOUT_MS, withTimeout } from './hooks/taps.js';
import { type Clock, systemClock } from './kernel/clock.js';
import { ServiceContainer } from './kernel/container.js';
import { type CountedClock, countTimers } from './kernel/counted-clock.js';
import { ErrorCounters } from './kernel/error-counters.js';
import { GuessCaps } from './kernel/guesses.js';
import { tapLogger } from './kernel/log-tap.js';
import { createLogger } from './kernel/logger.js';
import { Warnings } from './kernel/warnings.js';
import type { KeptSecret } from './plugin/banner.js';
import { sortPlugins } from './plugin/order.js';
import { PluginHost } from './plugin/plugin-host.js';
import type { ExtensionPoint, ServiceToken } from './plugin/service.js';
import { stoppableHost } from './plugin/stop-check.js';
import type { EngineInfo, Plugin } from './plugin/types.js';
import { withPortHint } from './port-hint.js';
import { isPreset, type PluginList, type Preset } from './preset/define-preset.js';
import { moduleLoader } from './preset/load-module.js';
import { described, resolvePlugins } from './preset/resolve-preset.js';
import { ingestFilters } from './stream/ingest-filter.js';
import { StreamRegistry } from './stream/stream-registry.js';
import { trackDerivers } from './stream/track-deriver.js';
import type { Publisher, PublishOptions, Streams, SubscribeOptions, Subscription } from './stream/types.js';
import { AddressBook } from './transport/transport.js';
import type { ListenAddress } from './transport/types.js';
import { VERSION } from './version.js';

/** How to make an engine. */
export interface EngineOptions<P extends PluginList = PluginList, S extends Preset<unknown> = Preset> {
  readonly preset?: S;
  /** Plugins, presets, or names and paths of them; over the preset's. */
  readonly plugins?: P;
  readonly without?: readonly string[];
  /** Config by plugin name, and `engine`; typed by the plugins and presets given. No file and no environment is read. */
  readonly config?: EngineConfig<readonly [S, P]>;
  /** Where relative plugin paths start. Default: the working folder. */
  readonly baseDir?: string;
  /** Default: silent. */
  readonly logger?: Logger;
  readonly clock?: Clock;
  /** A config that was put together already (by the command line); `plugins` are then plugins. */
  readonly resolved?: ResolvedConfig & { readonly preset?: string };
}

/** A running media engine. Several may live in one process. */
export interface Engine {
  readonly info: EngineInfo;
  /** What is listened on. */
  readonly addresses: readonly ListenAddress[];
  readonly streams: Streams;
  /** Taps of the program around the engine, as plugins have them; they end with the engine. */
  readonly hooks: HookTaps;
  /** Secrets in the data folder. */
  readonly secrets: readonly KeptSecret[];
  /** Sets up, then listens. Rejects with the first failure; everything is torn down then. `listen: false` opens no port: for programs that only use services. */
  start(options?: { readonly listen?: boolean }): Promise<void>;
  /** Accepts no more, ends streams and plugins. Safe to call twice. */
  stop(kind?: 'stop' | 'upgrade'): Promise<void>;
  publish(path: string, options?: PublishOptions): Promise<Publisher>;
  subscribe(path: string, options?: SubscribeOptions): Promise<Subscription>;
  /** A service of a plugin. Throws `ERR_SERVICE_MISSING`. */
  service<T>(token: ServiceToken<T>): T;
  extensions<T>(point: ExtensionPoint<T>): readonly T[];
}

/** Makes an engine. Reads no file and no environment, takes no signal. Rejects with `ERR_CONFIG` or `ERR_PLUGIN_…`. */
export async function createEngine<const P extends PluginList = readonly [], S extends Preset<unknown> = Preset<unknown>>(
  options: EngineOptions<P, S> = {},
): Promise<Engine> {
  if (options.resolved !== undefined) return new LocalEngine(options.plugins as readonly Plugin[], options.resolved, options);
  checkPreset(options.preset);
  const entries = [...(options.preset === undefined ? [] : [options.preset]), ...(options.plugins ?? [])];
  const found = await resolvePlugins(entries, { without: options.without, load: moduleLoader({ baseDir: resolve(options.baseDir ?? '.') }) });
  const layers = [...found.layers, ...(options.config === undefined ? [] : [{ source: 'embedder', config: options.config }])];
  const resolved = resolveConfig({ ...found, layers });
  return new LocalEngine(found.plugins, found.preset === undefined ? resolved : { ...resolved, preset: found.preset }, options);
}

// The compiler refuses this; programs in JavaScript have none.
function checkPreset(preset: unknown): void {
  if (preset === undefined || isPreset(preset)) return;
  throw new SluiceError('ERR_PLUGIN_INVALID', `preset: expected a preset (import server from '@sluice/preset-server'), given ${described(preset)}`);
}

class LocalEngine implements Engine {
  readonly info: EngineInfo;
  readonly streams: StreamRegistry;
  readonly hooks: HookTaps;
  readonly secrets: KeptSecret[] = [];
  readonly #settings: EngineSettings;
  readonly #config: ResolvedConfig;
  readonly #hooks = createHooks();
  readonly #services = new ServiceContainer();
  readonly #extensions = new Map<string, unknown[]>();
  readonly #addresses = new AddressBook();
  readonly #warnings = new Warnings();
  readonly #errors = new ErrorCounters();
  readonly #guesses: GuessCaps;
  readonly #reports: Reports;
  readonly #log: Logger;
  readonly #plugins: readonly Plugin[];
  readonly #hosts: PluginHost[] = [];
  readonly #clock: CountedClock;
  readonly #startedAt: Date;
  #state: EngineInfo['state'] = 'starting';
  #starting: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;

  constructor(plugins: readonly Plugin[], config: ResolvedConfig & { readonly preset?: string }, options: Pick<EngineOptions, 'logger' | 'clock'>) {
    this.#config = config;
    this.#settings = config.values.engine as EngineSettings;
    this.#clock = countTimers(options.clock ?? systemClock);
    const lines = new LogLines(this.#hooks.logged);
    this.#log = tapLogger(options.logger ?? createLogger({ level: 'silent' }), (line) => lines.look(line));
    this.#startedAt = new Date(this.#clock.wallMs());
    this.#reports = new Reports(this.#hooks.report, this.#clock, () => this.extensions(eventMemory));
    this.#guesses = new GuessCaps({
      ...this.#settings.limits,
      clock: this.#clock,
      refused: () => this.#errors.count('engine', 'too-many-failures'),
    });
    this.streams = new StreamRegistry({
      settings: this.#settings,
      hooks: this.#hooks,
      reports: this.#reports,
      clock: this.#clock,
      guesses: this.#guesses,
      derivers: () => this.extensions(trackDerivers),
      ingestFilters: () => this.extensions(ingestFilters),
      onError: (error, what) => this.#failed(error, what),
    });
    this.hooks = createTaps(this.#hooks, {
      plugin: 'embedder',
      active: () => this.#state !== 'stopped',
      onError: (hook, error) => this.#log.error({ err: error }, `the program's tap of '${hook}' failed: ${messageOf(error)}`),
      timeoutMs: HOOK_TIMEOUT_MS,
    });
    this.#countSlowViewers();
    this.#plugins = sortPlugins(plugins);
    this.info = this.#createInfo(config.preset);
  }

  #countSlowViewers(): void {
    this.#hooks.report.tap('engine', ({ type, data }) => {
      if (type !== 'session.ended') return;
      const { session, reason } = data as ReportEvents['session.ended'];
      if (reason.code === 'slow') this.#errors.count(session.protocol, 'slow-viewer');
    });
  }

  #createInfo(preset: string | undefined): EngineInfo {
    const state = (): EngineInfo['state'] => this.#state;
    return {
      version: VERSION,
      preset,
      instance: randomUUID(),
      dataDir: resolve(this.#settings.data),
      startedAt: this.#startedAt,
      get state() {
        return state();
      },
      settings: this.#settings,
      plugins: () =>
        this.#plugins.map(({ name, version }) => ({ name, version, state: this.#hosts.find((host) => host.plugin.name === name)?.state ?? 'new' })),
      stopPlugin: (name) => this.#stopPlugin(name),
      addresses: () => this.#addresses.list(),
      warnings: () => this.#warnings.list(),
      errors: () => this.#errors.list(),
      timers: () => this.#clock.timers(),
      config: () => [...this.#config.entries],
      configSchema: () => configSchema(this.#plugins),
    };
  }

  get addresses(): readonly ListenAddress[] {
    return this.#addresses.list();
  }

  async start({ listen = true }: { readonly listen?: boolean } = {}): Promise<void> {
    this.#checkStarting();
    if (this.#starting !== undefined) throw new SluiceError('ERR_ENGINE_STATE', 'the engine was started already');
    this.#starting = this.#bringUp(listen);
    try {
      await this.#starting;
    } catch (error) {
      await this.stop();
      throw withPortHint(error, this.#config.entries);
    }
    const { preset } = this.info;
    this.#reports.report('server.started', preset === undefined ? { version: VERSION } : { version: VERSION, preset });
  }

  async #bringUp(listen: boolean): Promise<void> {
    mkdirSync(this.info.dataDir, { recursive: true });
    for (const plugin of this.#plugins) {
      await this.#setup(plugin);
      this.#checkStarting();
    }
    for (const host of listen ? this.#hosts : []) {
      await host.listen();
      this.#checkStarting();
    }
    await this.#hooks.ready.promise();
    this.#checkStarting();
    this.#state = 'running';
  }

  #checkStarting(): void {
    if (this.#state !== 'starting') throw new SluiceError('ERR_ENGINE_STATE', `an engine that is ${this.#state} cannot be started`);
  }

  #failed(error: unknown, what: string): void {
    this.#log.error({ err: error }, `a callback of a ${what} failed: ${messageOf(error)}`);
  }

  async #setup(plugin: Plugin): Promise<void> {
    const host = new PluginHost(plugin, {
      info: this.info,
      hooks: this.#hooks,
      streams: this.streams,
      services: this.#services,
      extensions: this.#extensions,
      reports: this.#reports,
      addresses: this.#addresses,
      clock: this.#clock,
      guesses: this.#guesses,
      log: this.#log,
      host: this.#settings.host,
      setupSeconds: this.#settings.setupSeconds,
      errors: this.#errors,
      warn: (message) => this.#warnings.add(message),
      secrets: this.secrets,
    });
    this.#hosts.push(host);
    await host.setup(this.#config.values[plugin.name] ?? {});
  }

  async #stopPlugin(name: string): Promise<void> {
    const host = stoppableHost(this.#hosts, name);
    this.#log.warn({ plugin: name }, 'the plugin is stopped, as somebody asked for');
    await host.closeListeners();
    await host.dispose(performance.now() + this.#settings.shutdownSeconds * 1000);
  }

  stop(kind: 'stop' | 'upgrade' = 'stop'): Promise<void> {
    this.#stopping ??= this.#stop(kind);
    return this.#stopping;
  }

  /**
   * Let nothing begin, let plugins end what must be ended, stop listening, close streams, tear down in reverse; all within
   * `shutdownSeconds`. Listeners stay open for the first part, so that who asks is told that we are going.
   */
  async #stop(kind: 'stop' | 'upgrade'): Promise<void> {
    const wasRunning = this.#state === 'running';
    this.#state = 'draining';
    const deadlineMs = this.#settings.shutdownSeconds * 1000;
    const byMs = performance.now() + deadlineMs;
    const phaseMs = Math.max(1, deadlineMs / 2);
    // A step of the start that is under way must end before its plugin can be torn down.
    await withTimeout(this.#starting ?? Promise.resolve(), phaseMs).catch(() => {});
    if (wasRunning) this.#reports.report('server.stopping', { reason: kind });
    this.streams.drain();
    if (wasRunning) {
      const shutdown = this.#hooks.shutdown.promise({ kind, deadlineMs });
      await withTimeout(shutdown, phaseMs).catch((error) => this.#log.error({ err: error }, `shutdown hook: ${messageOf(error)}`));
    }
    for (const host of this.#hosts) await host.closeListeners();
    this.streams.shutdown();
    for (const host of [...this.#hosts].reverse()) await host.dispose(byMs);
    this.#services.clear();
    this.#state = 'stopped';
  }

  publish(path: string, options?: PublishOptions): Promise<Publisher> {
    return this.streams.publish(path, options);
  }

  subscribe(path: string, options?: SubscribeOptions): Promise<Subscription> {
    return this.streams.subscribe(path, options);
  }

  service<T>(token: ServiceToken<T>): T {
    return this.#services.use(token, 'engine');
  }

  extensions<T>(point: ExtensionPoint<T>): readonly T[] {
    return (this.#extensions.get(point.name) ?? []) as T[];
  }
}
