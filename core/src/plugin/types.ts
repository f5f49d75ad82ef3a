import type { Logger } from 'pino';
import type { z } from 'zod';
import type { ConfigByName } from '../config/config-types.js';
import type { ReportEvents, ReportType } from '../hooks/events.js';
import type { HookTaps } from '../hooks/hooks.js';
import type { Clock } from '../kernel/clock.js';
import type { ErrorCount } from '../kernel/error-counters.js';
import type { Guesses } from '../kernel/guesses.js';
import type { Frame } from '../media/frame.js';
import type { Track } from '../media/track.js';
import type { Streams } from '../stream/types.js';
import type { ListenAddress, Transport } from '../transport/types.js';
import type { ExtensionPoint, ServiceToken } from './service.js';

/** A configuration value and where it came from. */
export interface ConfigEntry {
  /** Dotted path. */
  readonly key: string;
  readonly value: unknown;
  /** `default`, `preset NAME`, `file PATH:LINE`, `env NAME`, `flag`, `embedder`. */
  readonly source: string;
  /** True where the schema marks it as a secret (`.meta({ secret: true })`): never print the value. */
  readonly secret: boolean;
}

/** What a plugin may know about the engine it is in. */
export interface EngineInfo {
  readonly version: string;
  readonly preset: string | undefined;
  /** Unique per start. */
  readonly instance: string;
  /** Absolute folder for state; exists. */
  readonly dataDir: string;
  readonly startedAt: Date;
  readonly state: 'starting' | 'running' | 'draining' | 'stopped';
  /** Settings of the engine itself (`engine.*`). */
  readonly settings: Readonly<Record<string, unknown>>;
  /** `state`: `new`, `ready`, `faulty` (it runs, but threw, hung or blocked where it must not), `failed`, `stopped`. */
  plugins(): { readonly name: string; readonly version: string; readonly state: string }[];
  /**
   * Stops one plugin: its connections, timers and taps end, the others go on. Rejects with `ERR_PLUGIN_UNKNOWN` (404) or `ERR_PLUGIN_NEEDED`
   * (409).
   */
  stopPlugin(name: string): Promise<void>;
  addresses(): ListenAddress[];
  warnings(): string[];
  /** What went wrong so far, by plugin and kind (`ctx.count`). */
  errors(): ErrorCount[];
  /** Timers of the engine and its plugins (`ctx.clock`) that are still to run. */
  timers(): number;
  config(): ConfigEntry[];
  /** The JSON Schema of the effective configuration. */
  configSchema(): unknown;
}

/** What a plugin is given. Everything obtained here ends with the plugin. */
export interface PluginContext {
  readonly name: string;
  readonly log: Logger;
  readonly engine: EngineInfo;
  readonly hooks: HookTaps;
  readonly streams: Streams;
  readonly transport: Transport;
  readonly clock: Clock;
  /** To be asked by whoever checks credentials of strangers; `streams` does so by itself. */
  readonly guesses: Guesses;
  /** Tells everybody who listens to reports. */
  report<T extends ReportType>(type: T, data: ReportEvents[T]): void;
  /**
   * Counts something that went wrong and is worth a figure: malformed input, a refused connection. `kind` is one of few (an error's code, or words
   * joined by `-`), never text of a peer. Shown as `sluice_errors_total{plugin,kind}`.
   */
  count(kind: string, by?: number): void;
  /** Adds a line to the banner's and the API's warnings. */
  warn(message: string): void;
  /** Offers a service that `provides` announced. */
  provide<T>(token: ServiceToken<T>, implementation: T): void;
  /** A service that `requires` asked for (or that is there anyhow). Throws `ERR_SERVICE_MISSING` otherwise. */
  use<T>(token: ServiceToken<T>): T;
  /** A service if there is one. */
  find<T>(token: ServiceToken<T>): T | undefined;
  /** Adds to an extension point. */
  extend<T>(point: ExtensionPoint<T>, item: T): void;
  /** What was added to an extension point, oldest first. */
  extensions<T>(point: ExtensionPoint<T>): readonly T[];
  /** Opens ports: runs after every plugin was set up. */
  onListen(run: () => Promise<void> | void): void;
  /** Tear-down; the last one registered runs first. */
  onDispose(run: () => Promise<void> | void): void;
  /** A secret kept in the data folder: made at the first start, file mode 0600. `fresh` on that first start only. */
  secret(name: string, make: () => string): { readonly value: string; readonly fresh: boolean; readonly file: string };
}

/** A token as `requires` takes it. */
export type RequiredService = Pick<ServiceToken<unknown>, 'name' | 'load' | 'brings'>;

/** What a rehearsal plays. The first plugin that has one gives it. */
export interface RehearsalSource {
  readonly tracks: readonly Track[];
  /** Picture number `index`, from 0, and the sound that goes with it. */
  frames(index: number): readonly Frame[];
}

/** A plugin as `definePlugin` takes it. `C` is the zod schema of its config. */
export interface PluginDefinition<N extends string = string, C extends z.ZodType = z.ZodType> {
  readonly name: N;
  readonly version: string;
  /** Range of `@sluice/core` it works with, e.g. `^1.0.0`. */
  readonly engine?: string;
  readonly config?: C;
  readonly provides?: readonly Pick<ServiceToken<unknown>, 'name'>[];
  readonly requires?: readonly RequiredService[];
  /** Used when there, never missed; only orders the set-up. */
  readonly optional?: readonly Pick<ServiceToken<unknown>, 'name'>[];
  /**
   * It may be set up once more before the start, in an engine of its own on loopback, to have its code compiled before the first caller comes:
   * it writes no file and tells nobody. `config` is for that one, with ports 0.
   */
  readonly rehearsal?: { readonly config: z.input<C>; readonly source?: RehearsalSource };
  setup(ctx: PluginContext, config: z.output<C>): Promise<void> | void;
}

/** A plugin. `B` is the config by name of plugins that it brings. */
export interface Plugin<N extends string = string, C extends z.ZodType = z.ZodType, B = unknown> extends PluginDefinition<N, C> {
  /** Tells a plugin from any other object, across copies of the package. */
  readonly kind: 'sluice.plugin';
  /** Never set: carries the type of the config that an engine takes with this plugin. */
  readonly takes?: ConfigByName<N, C> & B;
}
