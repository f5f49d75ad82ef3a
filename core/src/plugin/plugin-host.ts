import type { Logger } from 'pino';
import { messageOf, SluiceError } from '../error.js';
import type { EngineHooks, HookTaps } from '../hooks/hooks.js';
import type { Reports } from '../hooks/reports.js';
import { createTaps, HOOK_TIMEOUT_MS, withTimeout } from '../hooks/taps.js';
import type { Clock } from '../kernel/clock.js';
import type { ServiceContainer } from '../kernel/container.js';
import type { ErrorCounters } from '../kernel/error-counters.js';
import type { Guesses } from '../kernel/guesses.js';
import { rateLimited } from '../kernel/logger.js';
import { findSecret } from '../kernel/secrets.js';
import type { Streams } from '../stream/types.js';
import { type AddressBook, LocalTransport } from '../transport/transport.js';
import { VERSION } from '../version.js';
import type { KeptSecret } from './banner.js';
import { DisposeStack } from './dispose-stack.js';
import { satisfies } from './engine-range.js';
import { pluginClock } from './plugin-clock.js';
import { BLOCKED_MS, PluginFaults } from './plugin-faults.js';
import type { EngineInfo, Plugin, PluginContext } from './types.js';

/** What all plugins of an engine share. */
export interface HostDependencies {
  readonly info: EngineInfo;
  readonly hooks: EngineHooks;
  readonly streams: Streams;
  readonly services: ServiceContainer;
  readonly extensions: Map<string, unknown[]>;
  readonly reports: Reports;
  readonly addresses: AddressBook;
  readonly clock: Clock;
  readonly guesses: Guesses;
  readonly log: Logger;
  readonly host: string | undefined;
  readonly setupSeconds: number;
  readonly errors: ErrorCounters;
  /** Adds a warning; answers how to take it back. */
  readonly warn: (message: string) => () => void;
  /** Secrets that plugins asked for, for the banner. */
  readonly secrets: KeptSecret[];
}

/** Longest a step of tear-down may take, and longest that queued bytes may go on going out in it. */
const DISPOSE_TIMEOUT_MS = 5000;
const FLUSH_MS = 2000;
/** What is kept back of the time that is left, so that the last ones have their turn too. */
const RESERVE_MS = 250;

/** One plugin in an engine: its context, its listeners, and its one tear-down stack. */
export class PluginHost {
  readonly plugin: Plugin;
  #state: 'new' | 'ready' | 'failed' | 'stopped' = 'new';
  readonly #shared: HostDependencies;
  readonly #log: Logger;
  readonly #faults: PluginFaults;
  readonly #transport: LocalTransport;
  readonly #disposal = new DisposeStack();
  readonly #listens: (() => Promise<void> | void)[] = [];
  #disposeByMs = Number.POSITIVE_INFINITY;

  constructor(plugin: Plugin, shared: HostDependencies) {
    this.plugin = plugin;
    this.#shared = shared;
    this.#log = shared.log.child({ plugin: plugin.name });
    const { clock, errors, warn } = shared;
    this.#faults = new PluginFaults({ plugin: plugin.name, log: this.#log, clock, errors, warn });
    const notices = { info: (message: string) => this.#log.info(message), warn: shared.warn };
    this.#transport = new LocalTransport(plugin.name, shared.host, shared.addresses, this.#handlerFailed(), notices);
  }

  /** It answers the hook `authorize`. */
  decidesAccess = false;

  /** `faulty`: it runs, but threw or hung where it must not. */
  get state(): 'new' | 'ready' | 'faulty' | 'failed' | 'stopped' {
    return this.#state === 'ready' && this.#faults.any ? 'faulty' : this.#state;
  }

  async setup(config: unknown): Promise<void> {
    const { plugin } = this;
    if (plugin.engine !== undefined && !satisfies(VERSION, plugin.engine)) {
      throw new SluiceError('ERR_PLUGIN_ENGINE', `plugin '${plugin.name}' ${plugin.version} needs @sluice/core ${plugin.engine}, this is ${VERSION}`, {
        plugin: plugin.name,
      });
    }
    this.#disposal.push(() => this.#transport.dispose(Math.min(FLUSH_MS, this.#leftMs())));
    try {
      await this.#inTime('set up', plugin.setup(this.#context(), config as never));
    } catch (error) {
      this.#state = 'failed';
      throw this.#stamp('setup', error);
    }
    this.#state = 'ready';
  }

  async listen(): Promise<void> {
    for (const listen of this.#listens) {
      try {
        await this.#inTime('listen', listen());
      } catch (error) {
        throw this.#stamp('listen', error);
      }
    }
  }

  #inTime(what: string, work: Promise<void> | void): Promise<void> {
    const seconds = this.#shared.setupSeconds;
    const { name } = this.plugin;
    const late = () => new SluiceError('ERR_SETUP_TIMEOUT', `plugin '${name}' did not ${what} within ${seconds} s (engine.setupSeconds)`, { plugin: name });
    return withTimeout(work, seconds * 1000, late);
  }

  /** Accepts no more connections. */
  closeListeners(): Promise<void> {
    return this.#transport.closeListeners();
  }

  /** What outsiders can provoke is logged at a bounded rate. */
  #handlerFailed(): (error: unknown) => void {
    const log = rateLimited(this.#log, this.#shared.clock);
    return (error) => {
      this.#shared.errors.count(this.plugin.name, error instanceof SluiceError ? error.code : 'handler');
      if (error instanceof SluiceError) log(error.code, { code: error.code }, error.message);
      else log('handler', { err: error }, `a connection's handler failed: ${messageOf(error)}`, 'error');
    };
  }

  #leftMs(): number {
    return Math.max(0, this.#disposeByMs - performance.now() - RESERVE_MS);
  }

  /** Tears down, each step within its own limit and all of them by `byMs` (monotonic), after which the rest is only begun. */
  async dispose(byMs = Number.POSITIVE_INFINITY): Promise<void> {
    this.#disposeByMs = byMs;
    const stepMs = (): number => Math.max(1, Math.min(DISPOSE_TIMEOUT_MS, this.#leftMs()));
    await this.#disposal.run(stepMs, (error) => this.#log.warn({ err: error }, `tear-down failed: ${messageOf(error)}`));
    this.#state = 'stopped';
    this.#faults.clear();
  }

  #stamp(phase: string, error: unknown): SluiceError {
    if (error instanceof SluiceError) return error;
    const { name } = this.plugin;
    return new SluiceError('ERR_PLUGIN_FAILED', `plugin '${name}' failed in ${phase}: ${messageOf(error)}`, { plugin: name, cause: error });
  }

  #noteAuthorize(taps: HookTaps): HookTaps {
    const authorize: HookTaps['authorize'] = (handler, options) => {
      this.decidesAccess = true;
      taps.authorize(handler, options);
    };
    return { ...taps, authorize };
  }

  #context(): PluginContext {
    const { hooks, services, extensions, reports, info, streams, clock, guesses, errors, warn, secrets } = this.#shared;
    const { name } = this.plugin;
    const active = (): boolean => this.#state !== 'stopped' && this.#state !== 'failed';
    const onError = (place: string, error: unknown): void => this.#faults.failed(place, error);
    const onRan = (place: string, ms: number): void => {
      if (ms > BLOCKED_MS) this.#faults.blocked(place, ms);
    };
    const ownClock = pluginClock(clock, { active, onError: (error) => onError('timer', error), onRan: (ms) => onRan('timer', ms) });
    this.#disposal.push(() => ownClock.dispose());
    return {
      name,
      log: this.#log,
      engine: info,
      hooks: this.#noteAuthorize(createTaps(hooks, { plugin: name, active, onError, onRan, timeoutMs: HOOK_TIMEOUT_MS })),
      streams,
      transport: this.#transport,
      clock: ownClock,
      guesses,
      report: (type, data) => reports.report(type, data),
      count: (kind, by) => errors.count(name, kind, by),
      warn: (message) => void warn(message),
      provide: (token, implementation) => services.provide(token, implementation),
      use: (token) => services.use(token, name),
      find: (token) => services.find(token),
      extend: (point, item) => {
        const items = extensions.get(point.name);
        if (items === undefined) extensions.set(point.name, [item]);
        else items.push(item);
      },
      extensions: <T>(point: { readonly name: string }) => (extensions.get(point.name) ?? []) as T[],
      onListen: (run) => void this.#listens.push(run),
      onDispose: (run) => this.#disposal.push(run),
      secret: (secretName, make) => {
        const found = findSecret(info.dataDir, secretName, make);
        secrets.push({ ...found, plugin: name, name: secretName });
        return found;
      },
    };
  }
}
