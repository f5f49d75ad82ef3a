import type { ConfigOf, EngineConfig } from '../config/config-types.js';
import type { Plugin } from '../plugin/types.js';

/** A plugin given with config of its own, or by name. */
export type PluginEntry =
  | Plugin
  | Preset<unknown>
  | string
  | { readonly use: Plugin | string; readonly config?: Readonly<Record<string, unknown>> }
  | false
  | null
  | undefined;

/** Plugins and presets, nested as one likes. */
export type PluginList = readonly (PluginEntry | readonly PluginEntry[])[];

/** What `definePreset` takes. */
export interface PresetDefinition<P extends PluginList = PluginList> {
  readonly name: string;
  /** Later ones win over earlier ones of the same name, falsy ones drop. */
  readonly plugins: P;
  /** Config by plugin name, over the defaults and the config of nested presets. */
  readonly config?: EngineConfig<P>;
  /** Names of plugins to leave out. */
  readonly without?: readonly string[];
}

/** A named choice of plugins and config. `M` is the config by name that its plugins take. */
export interface Preset<M = Readonly<Record<string, unknown>>> extends Omit<PresetDefinition, 'config'> {
  readonly kind: 'sluice.preset';
  readonly config?: Readonly<Record<string, unknown>>;
  /** Never set: carries the type. */
  readonly takes?: M;
}

/** Declares a preset. Data, not logic. */
export function definePreset<const P extends PluginList>(definition: PresetDefinition<P>): Preset<ConfigOf<P>> {
  return { ...definition, kind: 'sluice.preset' };
}

/** True for what `definePreset` made. */
export function isPreset(value: unknown): value is Preset {
  return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'sluice.preset';
}
