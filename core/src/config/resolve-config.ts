import { z } from 'zod';
import type { ConfigEntry, Plugin } from '../plugin/types.js';
import { ConfigError, type ConfigMistake } from './config-error.js';
import type { ConfigFile } from './config-file.js';
import { engineSchema } from './engine-schema.js';
import { configEntries } from './entries.js';
import { MergedConfig } from './merge.js';
import { schemaMistakes, unknownKeys } from './mistakes.js';
import { suggestion } from './nearest.js';
import { environmentOverrides, flagOverrides, type Override } from './overrides.js';
import { isPlainObject, type Path, valueAt } from './path.js';
import { childNode, type SchemaNode, schemaNode } from './schema-tree.js';
import { restoreText } from './text-values.js';

/** Config by plugin name and where it came from (`preset NAME`, `embedder`). */
export interface ConfigLayer {
  readonly source: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** What a config is made of, weakest first after the schemas' defaults. */
export interface ConfigSources {
  readonly plugins: readonly Plugin[];
  readonly layers?: readonly ConfigLayer[];
  readonly file?: Pick<ConfigFile, 'values' | 'sourceOf' | 'literalOf'> | undefined;
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** `KEY.PATH=VALUE`, as given to `--set`. */
  readonly set?: readonly string[] | undefined;
  /** Plugins that were left out: their config is no mistake. */
  readonly removed?: readonly string[] | undefined;
  /** Schema of `engine.*`. */
  readonly coreSchema?: z.ZodType;
}

/** A config that holds. */
export interface ResolvedConfig {
  /** Parsed settings by plugin name, and `engine`. */
  readonly values: Readonly<Record<string, Record<string, unknown>>>;
  /** Every value with its source; secrets are hidden. */
  readonly entries: readonly ConfigEntry[];
}

const NOTHING = z.strictObject({});

/** The schema of each part of a config, by name. */
export function configParts(plugins: readonly Plugin[], coreSchema: z.ZodType = engineSchema): Map<string, z.ZodType> {
  return new Map<string, z.ZodType>([['engine', coreSchema], ...plugins.map((plugin): [string, z.ZodType] => [plugin.name, plugin.config ?? NOTHING])]);
}

/** Puts a config together and checks it. Throws `ConfigError` with every mistake. */
export function resolveConfig(sources: ConfigSources): ResolvedConfig {
  const parts = configParts(sources.plugins, sources.coreSchema);
  const nodes = new Map([...parts].map(([name, schema]) => [name, schemaNode([schema])]));
  const merged = merge(sources, nodes);
  const origin = (path: Path) => merged.originOf(path);
  const mistakes = unknownPlugins(merged, nodes, sources.removed ?? []);
  const values: Record<string, Record<string, unknown>> = {};
  for (const [name, schema] of parts) {
    // `plugin:` with nothing under it is an empty mapping.
    const raw = merged.values[name] ?? {};
    const unknown = unknownKeys(raw, nodes.get(name), [name], (path) => merged.originNear(path));
    mistakes.push(...unknown);
    const parsed = schema.safeParse(raw);
    if (parsed.success) values[name] = isPlainObject(parsed.data) ? parsed.data : {};
    else mistakes.push(...schemaMistakes(name, schema, raw, parsed.error.issues, origin));
  }
  if (mistakes.length > 0) throw new ConfigError(unique(mistakes));
  const written = { originOf: origin, valueAt: (path: Path) => valueAt(merged.values, path) };
  return { values, entries: [...parts.keys()].flatMap((name) => configEntries(values[name], nodes.get(name), [name], written)) };
}

function merge({ layers = [], file, env, set = [], removed }: ConfigSources, nodes: ReadonlyMap<string, SchemaNode>): MergedConfig {
  const merged = new MergedConfig();
  for (const { source, config } of layers) merged.set([], config, () => source);
  if (file !== undefined) {
    for (const [name, value] of Object.entries(file.values)) {
      const text = restoreText(value, nodes.get(name), (path) => file.literalOf([name, ...path]));
      merged.set([name], text, file.sourceOf);
    }
  }
  const overrides: Override[] = [...environmentOverrides(env ?? {}, nodes, removed), ...flagOverrides(set)];
  for (const { path, value, source, literalOf } of overrides) merged.set(path, restoreText(value, nodeAt(nodes, path), literalOf), () => source);
  return merged;
}

function nodeAt(nodes: ReadonlyMap<string, SchemaNode>, path: Path): SchemaNode | undefined {
  let node = nodes.get(String(path[0]));
  for (const key of path.slice(1)) node = node === undefined ? undefined : childNode(node, key);
  return node;
}

/** Keys at the top of a file that stand for no plugin. */
const LIST_KEYS = ['plugins', 'without'];

function unknownPlugins(merged: MergedConfig, nodes: ReadonlyMap<string, SchemaNode>, removed: readonly string[]): ConfigMistake[] {
  return Object.keys(merged.values)
    .filter((name) => !nodes.has(name) && !removed.includes(name))
    .map((name) => ({ source: merged.originNear([name]), key: name, message: `no plugin '${name}', ${suggestion(name, [...nodes.keys(), ...LIST_KEYS])}` }));
}

function unique(mistakes: readonly ConfigMistake[]): ConfigMistake[] {
  const seen = new Set<string>();
  return mistakes.filter(({ source, key, message }) => {
    const id = `${source}\0${key}\0${message}`;
    return !seen.has(id) && seen.add(id);
  });
}
