import { z } from 'zod';
import type { Plugin } from '../plugin/types.js';
import { configParts } from './resolve-config.js';
import { isClosedObject } from './schema-tree.js';

const entry = z.union([z.string(), z.strictObject({ use: z.string(), config: z.record(z.string(), z.unknown()).optional() })]);

/** The JSON Schema of a config file for these plugins. Throws nothing: what JSON Schema cannot say is left open. */
export function configSchema(plugins: readonly Plugin[], coreSchema?: z.ZodType): unknown {
  const parts = Object.fromEntries([...configParts(plugins, coreSchema)].map(([name, schema]) => [name, schema.optional()]));
  const whole = z.strictObject({
    ...parts,
    plugins: z.array(entry).optional().describe('Plugins to add or to replace: names, modules, or paths from the folder of this file'),
    without: z.array(z.string()).optional().describe('Names of plugins to leave out'),
  });
  return z.toJSONSchema(whole, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      // Unknown keys are mistakes everywhere, also where a plugin wrote z.object().
      if (isClosedObject(zodSchema)) jsonSchema.additionalProperties = false;
    },
  });
}
