import { SluiceError } from '../error.js';
import type { Plugin } from './types.js';

/** Providers before those who use them; otherwise the given order. Throws `ERR_PLUGIN_CYCLE`. */
export function sortPlugins(plugins: readonly Plugin[]): Plugin[] {
  const provider = new Map<string, Plugin>();
  for (const plugin of plugins) {
    for (const { name } of plugin.provides ?? []) {
      const other = provider.get(name);
      if (other !== undefined) throw new SluiceError('ERR_SERVICE_TWICE', `plugins '${other.name}' and '${plugin.name}' both provide service '${name}'`);
      provider.set(name, plugin);
    }
  }
  const sorted: Plugin[] = [];
  const done = new Set<Plugin>();
  const visit = (plugin: Plugin, trail: readonly Plugin[]): void => {
    if (done.has(plugin)) return;
    if (trail.includes(plugin)) {
      throw new SluiceError('ERR_PLUGIN_CYCLE', `plugins need each other: ${[...trail, plugin].map(({ name }) => name).join(' -> ')}`);
    }
    for (const { name } of [...(plugin.requires ?? []), ...(plugin.optional ?? [])]) {
      const needed = provider.get(name);
      if (needed !== undefined && needed !== plugin) visit(needed, [...trail, plugin]);
    }
    for (const { name } of plugin.requires ?? []) {
      if (!provider.has(name)) throw missing(plugin, name);
    }
    done.add(plugin);
    sorted.push(plugin);
  };
  for (const plugin of plugins) visit(plugin, []);
  return sorted;
}

function missing(plugin: Plugin, serviceName: string): SluiceError {
  return new SluiceError(
    'ERR_SERVICE_MISSING',
    `plugin '${plugin.name}' requires service '${serviceName}', which no plugin here provides: add one to 'plugins'`,
    {
      plugin: plugin.name,
    },
  );
}
