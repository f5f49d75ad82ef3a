import { SluiceError } from '../error.js';
import type { PluginHost } from './plugin-host.js';

/**
 * The host of the plugin that may be stopped alone. Throws `ERR_PLUGIN_UNKNOWN` (404), and `ERR_PLUGIN_NEEDED` (409) where others that run
 * cannot do without it, or where it decides who may do what: without it everybody might.
 */
export function stoppableHost(hosts: readonly PluginHost[], name: string): PluginHost {
  const host = hosts.find(({ plugin }) => plugin.name === name);
  if (host === undefined) throw new SluiceError('ERR_PLUGIN_UNKNOWN', `no plugin '${name}' is loaded`, { status: 404 });
  const needed = (why: string) => new SluiceError('ERR_PLUGIN_NEEDED', `plugin '${name}' cannot be stopped: ${why}`, { status: 409 });
  if (host.decidesAccess) throw needed('it decides who may do what');
  const services = (host.plugin.provides ?? []).map((token) => token.name);
  const users = hosts.filter(({ plugin, state }) => state !== 'stopped' && (plugin.requires ?? []).some((token) => services.includes(token.name)));
  if (users.length > 0) throw needed(`${users.map(({ plugin }) => `'${plugin.name}'`).join(', ')} cannot do without it`);
  return host;
}
