import type { Plugin } from '../plugin/types.js';

/** A plugin given with config of its own, or by name. */
export type PluginEntry =
  | Plugin
  | Preset
  | string
  | { readonly use: Plugin | string; readonly config?: Readonly<Record<string, unknown>> }
  | false
  | null
  | undefined;

/** What `definePreset` takes. */
export interface PresetDefinition {
  readonly name: string;
  /** Plugins and presets, nested as one likes; later ones win over earlier ones of the same name, falsy ones drop. */
  readonly plugins: readonly (PluginEntry | readonly PluginEntry[])[];
  /** Config by plugin name, over the defaults and the config of nested presets. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Names of plugins to leave out. */
  readonly without?: readonly string[];
}

/** A named choice of plugins and config. */
export interface Preset extends PresetDefinition {
  readonly kind: 'sluice.preset';
}

/** Declares a preset. Data, not logic. */
export function definePreset(definition: PresetDefinition): Preset {
  return { ...definition, kind: 'sluice.preset' };
}

/** True for what `definePreset` made. */
export function isPreset(value: unknown): value is Preset {
  return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'sluice.preset';
}
