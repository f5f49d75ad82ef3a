import { isPlainObject, type Path } from './path.js';
import { childNode, type SchemaNode, wantsText } from './schema-tree.js';

/**
 * Numbers where the schema wants text, back to the text that was written: YAML reads an unquoted `34020000002000000001` as a number and
 * loses its last digits.
 */
export function restoreText(value: unknown, node: SchemaNode | undefined, literalOf: (path: Path) => string | undefined, path: Path = []): unknown {
  if (node === undefined) return value;
  if (typeof value === 'number' || typeof value === 'bigint') return wantsText(node) ? (literalOf(path) ?? String(value)) : value;
  if (Array.isArray(value)) return value.map((item, index) => restoreText(item, childNode(node, index), literalOf, [...path, index]));
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, restoreText(item, childNode(node, key), literalOf, [...path, key])]));
}
