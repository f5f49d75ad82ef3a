import type { z } from 'zod';
import { redactUrl } from '../kernel/redact.js';
import type { ConfigMistake } from './config-error.js';
import { suggestion } from './nearest.js';
import { dotted, isPlainObject, type Path, valueAt } from './path.js';
import { childNode, closedKeys, type SchemaNode, schemaNode } from './schema-tree.js';

/** Where a value came from; undefined where no layer set it. */
export type Origin = (path: Path) => string | undefined;

const SHOWN = 80;
const KINDS: Record<string, string> = {
  int: 'a whole number',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
};

/** Keys that no schema names, wherever they are below `path`. */
export function unknownKeys(value: unknown, node: SchemaNode | undefined, path: Path, origin: Origin): ConfigMistake[] {
  if (node === undefined) return [];
  if (Array.isArray(value)) return value.flatMap((item, index) => unknownKeys(item, childNode(node, index), [...path, index], origin));
  if (!isPlainObject(value)) return [];
  const known = closedKeys(node);
  return Object.entries(value).flatMap(([key, item]) => {
    const place = [...path, key];
    if (known === undefined || known.includes(key)) return unknownKeys(item, childNode(node, key), place, origin);
    const expected = known.length === 0 ? 'it takes none' : suggestion(key, known);
    return [{ source: origin(place), key: dotted(place), message: `unknown key '${key}' of ${dotted(path)}, ${expected}` }];
  });
}

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return KINDS[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return `${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map((value) => JSON.stringify(value)).join(', ')}`;
    case 'too_small':
    case 'too_big': {
      const bound = issue.code === 'too_small' ? issue.minimum : issue.maximum;
      const word = issue.code === 'too_small' ? 'at least' : 'at most';
      const unit = issue.origin === 'string' ? ' characters' : issue.origin === 'array' ? ' entries' : '';
      return `${issue.inclusive === false ? `${issue.code === 'too_small' ? 'more' : 'less'} than` : word} ${bound}${unit}`;
    }
    case 'invalid_union': {
      const kinds = issue.errors.flatMap((option) => option.filter((inner) => inner.path.length === 0).map(expectation));
      return kinds.length === 0 ? issue.message : [...new Set(kinds)].join(' or ');
    }
    default:
      return issue.message;
  }
}

/** Lists and mappings are not shown: what is in them may be a secret that stands at the wrong place. */
function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (isPlainObject(value)) return 'a mapping';
  const text = typeof value === 'string' ? JSON.stringify(redactUrl(value)) : String(value);
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}

function isSecretAt(node: SchemaNode, path: Path): boolean {
  let place: SchemaNode | undefined = node;
  for (const key of path) {
    if (place === undefined) return false;
    if (place.secret) return true;
    place = childNode(place, key);
  }
  return place?.secret ?? false;
}

/** What zod found in the config of `name`, in our words. */
export function schemaMistakes(name: string, schema: z.core.$ZodType, raw: unknown, issues: readonly z.core.$ZodIssue[], origin: Origin): ConfigMistake[] {
  const node = schemaNode([schema]);
  return issues.flatMap((issue): ConfigMistake[] => {
    if (issue.code === 'unrecognized_keys') return []; // told by unknownKeys, with the nearest name
    const inner = issue.path.filter((part) => typeof part !== 'symbol');
    const path = [name, ...inner];
    const value = valueAt(raw, inner);
    const given = isSecretAt(node, inner) && value !== undefined ? 'a secret' : shown(value);
    const near = issue.code === 'invalid_value' && typeof value === 'string' ? `, ${suggestion(value, issue.values.map(String))}` : '';
    const message = issue.code === 'custom' ? `${issue.message}, given ${given}` : `expected ${expectation(issue)}, given ${given}${near}`;
    return [{ source: origin(path), key: dotted(path), message }];
  });
}
