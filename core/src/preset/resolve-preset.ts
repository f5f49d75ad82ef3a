import { ConfigError } from '../config/config-error.js';
import { suggestion } from '../config/nearest.js';
import { SluiceError } from '../error.js';
import { isPlugin } from '../plugin/define-plugin.js';
import type { Plugin } from '../plugin/types.js';
import { isPreset, type PluginEntry, type Preset } from './define-preset.js';
import type { ModuleLoader } from './load-module.js';

/** Config that came with the plugins, weakest first. */
export interface PresetLayer {
  readonly source: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** What a list of plugins and presets comes to. */
export interface ResolvedPlugins {
  readonly plugins: Plugin[];
  readonly layers: PresetLayer[];
  /** Name of the first preset in the list. */
  readonly preset?: string;
  /** Plugins that were left out. */
  readonly removed: string[];
}

/** How to resolve. */
export interface ResolveOptions {
  readonly without?: readonly string[] | undefined;
  /** Loads plugins given by name. */
  readonly load: ModuleLoader;
  /** Where the config of `{ use, config }` at this index came from. Default `embedder`. */
  readonly sourceOf?: (index: number) => string;
  /** The place of the entry at this index in a config file: what is wrong with it is told as a mistake of that place. */
  readonly placeOf?: (index: number) => Place | undefined;
  /** The place of the name at this index of `without`. */
  readonly withoutPlaceOf?: (index: number) => Place | undefined;
}

/** A place in a config. */
export interface Place {
  /** `file PATH:LINE`. */
  readonly source: string;
  /** Dotted key. */
  readonly key: string;
}

interface Collected {
  readonly plugins: Map<string, Plugin>;
  readonly layers: PresetLayer[];
  readonly removed: Set<string>;
}

const MAX_DEPTH = 32;
const ENGINE = 'engine';

/**
 * Flattens presets and lists of plugins: later ones win over earlier ones of the same name, falsy ones drop, `without` removes, names
 * are loaded. Plugins that are required and know where they usually come from are added. Rejects with `ERR_PLUGIN_…`.
 */
export async function resolvePlugins(entries: readonly (PluginEntry | readonly PluginEntry[])[], options: ResolveOptions): Promise<ResolvedPlugins> {
  const sourceOf = options.sourceOf ?? (() => 'embedder');
  const all: Collected = { plugins: new Map(), layers: [], removed: new Set() };
  let preset: string | undefined;
  for (const [index, entry] of entries.entries()) {
    const found = await collect(entry, sourceOf(index), options.load, 0).catch((error) => atPlace(error, options.placeOf?.(index)));
    preset ??= found.presetName;
    add(all, found);
  }
  const without = options.without ?? [];
  await checkNames(without, all, options);
  leaveOut(all, without);
  await addRequired(all);
  return { plugins: [...all.plugins.values()], layers: all.layers, removed: [...all.removed], ...(preset === undefined ? {} : { preset }) };
}

/** What is wrong with a plugin that a config file names is a mistake of the file. */
function atPlace(error: unknown, place: Place | undefined): never {
  if (place === undefined || !(error instanceof SluiceError) || !error.code.startsWith('ERR_PLUGIN_')) throw error;
  throw new ConfigError([{ ...place, message: error.message }]);
}

/** A name that is left out must be that of a plugin, here or elsewhere: presets are changed, and a shared file has names for all of them. */
async function checkNames(names: readonly string[], all: Collected, { load, withoutPlaceOf }: ResolveOptions): Promise<void> {
  const known = [...all.plugins.keys(), ...all.removed];
  const mistakes = [];
  for (const [index, name] of names.entries()) {
    if (known.includes(name) || (await exists(name, load))) continue;
    const place = withoutPlaceOf?.(index) ?? { source: undefined, key: `without.${index}` };
    mistakes.push({ ...place, message: `no plugin '${name}', ${suggestion(name, known)}` });
  }
  if (mistakes.length > 0) throw new ConfigError(mistakes);
}

async function exists(name: string, load: ModuleLoader): Promise<boolean> {
  try {
    await load(name);
    return true;
  } catch (error) {
    return !(error instanceof SluiceError) || error.code !== 'ERR_PLUGIN_NOT_FOUND';
  }
}

function add(all: Collected, found: Collected): void {
  for (const name of found.removed) if (!all.plugins.has(name)) all.removed.add(name);
  for (const [name, plugin] of found.plugins) {
    all.plugins.set(name, plugin);
    all.removed.delete(name);
  }
  all.layers.push(...found.layers);
}

function leaveOut(all: Collected, names: readonly string[]): void {
  for (const name of names) {
    all.plugins.delete(name);
    all.removed.add(name);
  }
}

async function collect(
  entry: PluginEntry | readonly PluginEntry[],
  source: string,
  load: ModuleLoader,
  depth: number,
): Promise<Collected & { presetName?: string }> {
  if (depth > MAX_DEPTH) throw new SluiceError('ERR_PLUGIN_NESTING', `presets nest deeper than ${MAX_DEPTH}: does one contain itself?`);
  const all: Collected = { plugins: new Map(), layers: [], removed: new Set() };
  if (!entry) return all;
  if (isList(entry)) {
    for (const inner of entry) add(all, await collect(inner, source, load, depth + 1));
    return all;
  }
  if (typeof entry === 'string') return collect(await loaded(entry, load), source, load, depth + 1);
  if (isPreset(entry)) return { ...(await collectPreset(entry, load, depth)), presetName: entry.name };
  if (isPlugin(entry)) {
    if (entry.name === ENGINE) throw new SluiceError('ERR_PLUGIN_NAME', `no plugin may be called '${ENGINE}'`);
    all.plugins.set(entry.name, entry);
    return all;
  }
  if (typeof entry === 'object' && 'use' in entry) {
    add(all, await collect(entry.use, source, load, depth + 1));
    const [only] = all.plugins.size === 1 ? all.plugins.keys() : [];
    // A preset's config is by plugin name, a plugin's is its own.
    if (entry.config !== undefined) all.layers.push({ source, config: only === undefined ? entry.config : { [only]: entry.config } });
    return all;
  }
  throw new SluiceError('ERR_PLUGIN_INVALID', `expected a plugin, a preset or a name, given ${described(entry)}`);
}

/** What was given in place of a plugin or preset. `require()` and `import()` give the module, whose default export is meant. */
export function described(given: unknown): string {
  if (typeof given === 'string') return `the text '${given}'`;
  const meant = typeof given === 'object' && given !== null ? (given as { default?: unknown }).default : undefined;
  if (!isPlugin(meant) && !isPreset(meant)) return typeof given;
  return `the module of '${meant.name}': its default export is meant (.default)`;
}

async function collectPreset(preset: Preset, load: ModuleLoader, depth: number): Promise<Collected> {
  const source = `preset ${preset.name}`;
  const all: Collected = { plugins: new Map(), layers: [], removed: new Set() };
  for (const inner of preset.plugins) add(all, await collect(inner, source, load, depth + 1));
  if (preset.config !== undefined) all.layers.push({ source, config: preset.config });
  leaveOut(all, preset.without ?? []);
  return all;
}

function isList(entry: PluginEntry | readonly PluginEntry[]): entry is readonly PluginEntry[] {
  return Array.isArray(entry);
}

async function loaded(name: string, load: ModuleLoader): Promise<Plugin | Preset> {
  return exportedBy(await load(name), name);
}

/** The plugin or preset a module exports as default. Throws `ERR_PLUGIN_INVALID`. */
export function exportedBy(module: unknown, name: string): Plugin | Preset {
  const exported = (module as { default?: unknown } | null)?.default;
  for (const candidate of [exported, (exported as { default?: unknown } | undefined)?.default])
    if (isPlugin(candidate) || isPreset(candidate)) return candidate;
  throw new SluiceError('ERR_PLUGIN_INVALID', `'${name}' exports no plugin (definePlugin) or preset (definePreset) as default`);
}

// A plugin that is asked for a service and whose list leaves its provider out gets the usual one.
async function addRequired(all: Collected): Promise<void> {
  const offered = new Set([...all.plugins.values()].flatMap((plugin) => (plugin.provides ?? []).map(({ name }) => name)));
  const waiting = [...all.plugins.values()];
  for (let plugin = waiting.shift(); plugin !== undefined; plugin = waiting.shift()) {
    for (const token of plugin.requires ?? []) {
      if (offered.has(token.name) || token.load === undefined) continue;
      const provider = exportedBy(await token.load(), token.name);
      if (!isPlugin(provider) || all.removed.has(provider.name) || all.plugins.has(provider.name)) continue;
      all.plugins.set(provider.name, provider);
      for (const { name } of provider.provides ?? []) offered.add(name);
      waiting.push(provider);
    }
  }
}
