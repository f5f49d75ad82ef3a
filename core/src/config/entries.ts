import { redactUrl } from '../kernel/redact.js';
import type { ConfigEntry } from '../plugin/types.js';
import { dotted, isPlainObject, type Path } from './path.js';
import { childNode, type SchemaNode } from './schema-tree.js';

/** What is shown instead of a secret. */
export const HIDDEN = '***';

function withoutSecrets(value: unknown, node: SchemaNode | undefined): unknown {
  if (node?.secret === true) return HIDDEN;
  if (typeof value === 'string') return redactUrl(value);
  const inner = (key: string | number) => (node === undefined ? undefined : childNode(node, key));
  if (Array.isArray(value)) return value.map((item, index) => withoutSecrets(item, inner(index)));
  if (isPlainObject(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutSecrets(item, inner(key))]));
  return typeof value === 'bigint' || typeof value === 'function' ? String(value) : value;
}

/** Tells of a place which layer set it (undefined: none) and what was written there. */
export interface Written {
  originOf(path: Path): string | undefined;
  valueAt(path: Path): unknown;
}

/**
 * The values under `path` as a list, one entry per value; lists are one value. Values are shown as they are written, before schemas
 * transform them. Secrets are hidden already.
 */
export function configEntries(value: unknown, node: SchemaNode | undefined, path: Path, written: Written): ConfigEntry[] {
  if (value === undefined) return [];
  const asWritten = written.valueAt(path) ?? node?.written ?? value;
  if (node?.secret !== true && isPlainObject(value) && isPlainObject(asWritten) && Object.keys(value).length > 0) {
    return Object.entries(value).flatMap(([key, item]) => configEntries(item, node === undefined ? undefined : childNode(node, key), [...path, key], written));
  }
  if (path.length === 1) return []; // a plugin without settings
  return [{ key: dotted(path), value: withoutSecrets(asWritten, node), source: written.originOf(path) ?? 'default', secret: node?.secret ?? false }];
}
