import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { ConfigError } from '../config/config-error.js';
import { configSchema } from '../config/json-schema.js';
import { resolveConfig } from '../config/resolve-config.js';
import { childNode, namedKeys, type SchemaNode, schemaNode } from '../config/schema-tree.js';
import { messageOf, SluiceError } from '../error.js';
import type { Plugin } from '../plugin/types.js';

const SECRET_NAME = /^(password|secret|token|key|apiKey|privateKey)$/i;
const MAX_DEPTH = 8;

/**
 * Holds a plugin's config against what users may expect: it is complete without a file or with `sample` (what has no default), what comes out can be
 * written into a file again, an unknown key is refused by its path, there is a JSON Schema, every key is described, and what is called a password is
 * marked as a secret. Throws `ERR_TEST_CONFIG` with all that is wrong.
 */
export function checkConfig(plugin: Plugin, sample: Readonly<Record<string, unknown>> = {}): void {
  if (plugin.config === undefined) return;
  const mistakes = [...valueMistakes(plugin, sample), ...schemaMistakes(plugin, plugin.config)];
  if (mistakes.length > 0) throw new SluiceError('ERR_TEST_CONFIG', `config of '${plugin.name}': ${mistakes.join('; ')}`);
}

function effective(plugin: Plugin, values: unknown): unknown {
  return resolveConfig({ plugins: [plugin], layers: [{ source: 'test', config: { [plugin.name]: values } }] }).values[plugin.name];
}

function valueMistakes(plugin: Plugin, sample: Readonly<Record<string, unknown>>): string[] {
  let values: unknown;
  try {
    values = effective(plugin, sample);
  } catch (error) {
    return [`is refused with ${JSON.stringify(sample)}: ${messageOf(error)}`];
  }
  return [...roundTripMistakes(plugin, values), ...unknownKeyMistakes(plugin, sample)];
}

function roundTripMistakes(plugin: Plugin, values: unknown): string[] {
  try {
    return isDeepStrictEqual(effective(plugin, values), values) ? [] : ['what comes out is changed when it is read again'];
  } catch (error) {
    return [`what comes out cannot be read again: ${messageOf(error)}`];
  }
}

function unknownKeyMistakes(plugin: Plugin, sample: Readonly<Record<string, unknown>>): string[] {
  const key = 'noSuchKey';
  try {
    effective(plugin, { ...sample, [key]: 1 });
    return ['an unknown key is not refused'];
  } catch (error) {
    return error instanceof ConfigError && error.message.includes(`${plugin.name}.${key}`) ? [] : [`an unknown key is not named: ${messageOf(error)}`];
  }
}

function schemaMistakes(plugin: Plugin, schema: z.ZodType): string[] {
  const { properties } = configSchema([plugin]) as { readonly properties?: Readonly<Record<string, unknown>> };
  if (properties?.[plugin.name] === undefined) return ['has no JSON Schema'];
  const described = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return [...undescribed(described, '', 0), ...openSecrets(schemaNode([schema]), '', 0)];
}

function undescribed(schema: unknown, path: string, depth: number): string[] {
  const { properties = {}, items } = (schema ?? {}) as { properties?: Record<string, { description?: string }>; items?: unknown };
  if (depth > MAX_DEPTH) return [];
  const own = Object.entries(properties).flatMap(([key, value]) => {
    const at = path === '' ? key : `${path}.${key}`;
    return [...(value.description === undefined ? [`${at} has no description`] : []), ...undescribed(value, at, depth + 1)];
  });
  return items === undefined ? own : [...own, ...undescribed(items, `${path}[]`, depth + 1)];
}

function openSecrets(node: SchemaNode, path: string, depth: number): string[] {
  if (depth > MAX_DEPTH) return [];
  return namedKeys(node).flatMap((key) => {
    const child = childNode(node, key);
    if (child === undefined || child.secret) return [];
    const at = path === '' ? key : `${path}.${key}`;
    const isText = child.types.some((type) => type._zod.def.type === 'string');
    return [...(isText && SECRET_NAME.test(key) ? [`${at} is not marked as a secret`] : []), ...openSecrets(child, at, depth + 1)];
  });
}
