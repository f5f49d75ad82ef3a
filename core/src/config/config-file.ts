import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { PluginEntry } from '../preset/define-preset.js';
import { ConfigError, type ConfigMistake } from './config-error.js';
import { suggestion } from './nearest.js';
import { isPlainObject, type Path } from './path.js';
import { parseYaml, type YamlText } from './yaml-text.js';

const MAX_BYTES = 4 * 1024 * 1024;

/** A config file as read: plugin choices taken out, the rest as values by plugin name. */
export interface ConfigFile {
  /** As the user wrote it. */
  readonly path: string;
  /** Absolute folder of the file: relative plugin paths start here. */
  readonly folder: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly plugins: readonly PluginEntry[];
  readonly without: readonly string[];
  /** `file PATH:LINE` of a place. */
  sourceOf(path: Path): string;
  /** How a scalar was written. */
  literalOf(path: Path): string | undefined;
}

/** Reads a YAML or JSON config file. Throws `ConfigError`. */
export async function readConfigFile(path: string): Promise<ConfigFile> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    throw new ConfigError([{ source: `file ${path}`, key: '', message: code === 'ENOENT' ? 'no such file' : `cannot be read (${code})` }]);
  }
  return parseConfigFile(path, text);
}

/** Takes the text of a config file apart. Throws `ConfigError`. */
export function parseConfigFile(path: string, text: string): ConfigFile {
  if (text.length > MAX_BYTES) throw new ConfigError([{ source: `file ${path}`, key: '', message: `larger than ${MAX_BYTES} bytes` }]);
  const yaml = parseYaml(text, (line) => `file ${path}:${line}`);
  const sourceOf = (place: Path) => `file ${path}:${yaml.lineOf(place)}`;
  const top = yaml.value ?? {};
  if (!isPlainObject(top)) throw new ConfigError([{ source: sourceOf([]), key: '', message: 'expected a mapping of plugin names to their settings' }]);
  const { plugins = [], without = [], ...values } = top;
  const mistakes: ConfigMistake[] = [];
  if (!Array.isArray(without) || without.some((name) => typeof name !== 'string')) {
    mistakes.push({ source: sourceOf(['without']), key: 'without', message: 'expected a list of plugin names' });
  }
  mistakes.push(...pluginMistakes(plugins, yaml, path));
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return {
    path,
    folder: dirname(resolve(path)),
    values,
    plugins: plugins as PluginEntry[],
    without: without as string[],
    sourceOf,
    literalOf: yaml.literalOf,
  };
}

function pluginMistakes(plugins: unknown, yaml: YamlText, path: string): ConfigMistake[] {
  if (!Array.isArray(plugins)) return [{ source: `file ${path}:${yaml.lineOf(['plugins'])}`, key: 'plugins', message: 'expected a list' }];
  return plugins.flatMap((entry: unknown, index) => {
    const source = `file ${path}:${yaml.lineOf(['plugins', index])}`;
    const unknown = isPlainObject(entry) && 'use' in entry ? Object.keys(entry).filter((key) => key !== 'use' && key !== 'config') : [];
    if (unknown.length > 0) {
      return unknown.map((key) => ({
        source: `file ${path}:${yaml.lineOf(['plugins', index, key])}`,
        key: `plugins.${index}.${key}`,
        message: `unknown key '${key}', ${suggestion(key, ['use', 'config'])}`,
      }));
    }
    const named = isPlainObject(entry) && typeof entry.use === 'string' && (entry.config === undefined || isPlainObject(entry.config));
    if (typeof entry === 'string' || named || entry === null || entry === false) return [];
    return [{ source, key: `plugins.${index}`, message: "expected a name or { use: 'NAME', config: { … } }" }];
  });
}
