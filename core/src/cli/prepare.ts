import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type ConfigFile, readConfigFile } from '../config/config-file.js';
import { dotted, type Path } from '../config/path.js';
import { type ResolvedConfig, resolveConfig } from '../config/resolve-config.js';
import { SluiceError } from '../error.js';
import type { Plugin } from '../plugin/types.js';
import { isPreset, type Preset } from '../preset/define-preset.js';
import { moduleLoader } from '../preset/load-module.js';
import { exportedBy, type Place, resolvePlugins } from '../preset/resolve-preset.js';

/** What the commands take. */
export interface CommonArguments {
  readonly config?: string | undefined;
  readonly set?: readonly string[] | undefined;
  readonly data?: string | undefined;
}

/** A preset, its plugins and its config, ready to run. */
export interface Prepared {
  readonly preset: string;
  readonly plugins: readonly Plugin[];
  readonly config: ResolvedConfig;
  /** Where relative plugin paths start. */
  readonly baseDir: string;
}

const DEFAULT_FILE = 'sluice.yaml';

async function loadPreset(name: string): Promise<Preset> {
  const preset = exportedBy(await moduleLoader({ kind: 'preset' })(name), name);
  if (!isPreset(preset)) throw new SluiceError('ERR_PLUGIN_INVALID', `'${name}' is a plugin, not a preset`);
  return preset;
}

function placeIn(file: ConfigFile | undefined, path: Path): Place | undefined {
  return file === undefined ? undefined : { source: file.sourceOf(path), key: dotted(path) };
}

/** Loads the preset and the plugins of the config file, and puts the config together. Rejects with `ERR_CONFIG` or `ERR_PLUGIN_…`. */
export async function prepare(given: string | Preset, args: CommonArguments, environment: NodeJS.ProcessEnv = process.env): Promise<Prepared> {
  const path = args.config ?? (existsSync(DEFAULT_FILE) ? DEFAULT_FILE : undefined);
  const file = path === undefined ? undefined : await readConfigFile(path);
  const preset = typeof given === 'string' ? await loadPreset(given) : given;
  const baseDir = file?.folder ?? resolve('.');
  const resolved = await resolvePlugins([preset, ...(file?.plugins ?? [])], {
    without: file?.without,
    load: moduleLoader({ baseDir }),
    sourceOf: (index) => file?.sourceOf(['plugins', index - 1]) ?? `preset ${preset.name}`,
    placeOf: (index) => (index === 0 ? undefined : placeIn(file, ['plugins', index - 1])),
    withoutPlaceOf: (index) => placeIn(file, ['without', index]),
  });
  const data = args.data === undefined ? [] : [`engine.data=${JSON.stringify(args.data)}`];
  const config = resolveConfig({ ...resolved, file, env: environment, set: [...(args.set ?? []), ...data] });
  return { preset: preset.name, plugins: resolved.plugins, config, baseDir };
}
