import type { z } from 'zod';
import { SluiceError } from '../error.js';
import type { BroughtBy } from './service.js';
import type { Plugin, PluginDefinition, RequiredService } from './types.js';

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** Declares a plugin. Throws `ERR_PLUGIN_NAME` where the name is not lower-case words joined by `-`. */
export function definePlugin<
  const N extends string,
  C extends z.ZodType = z.ZodType<Record<string, never>>,
  const R extends readonly RequiredService[] = readonly [],
>(definition: PluginDefinition<N, C> & { readonly requires?: R }): Plugin<N, C, BroughtBy<R>> {
  if (!NAME.test(definition.name)) throw new SluiceError('ERR_PLUGIN_NAME', `plugin name '${definition.name}' must be lower-case words joined by '-'`);
  return { ...definition, kind: 'sluice.plugin' };
}

/** True for what `definePlugin` made, whichever copy of the package did. */
export function isPlugin(value: unknown): value is Plugin {
  return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'sluice.plugin';
}
