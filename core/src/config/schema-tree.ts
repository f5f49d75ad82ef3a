import { z } from 'zod';

type Schema = z.core.$ZodType;

/** A place in a schema: the types it may have once wrappers and unions are taken off. */
export interface SchemaNode {
  readonly types: readonly Schema[];
  /** Marked with `.meta({ secret: true })`. */
  readonly secret: boolean;
  /** The default as one would write it, where the value is transformed afterwards. */
  readonly written?: unknown;
}

// The part of zod's definitions that is walked here. Read by shape, so that a plugin may bring its own copy of zod.
interface Definition {
  readonly type: string;
  readonly innerType?: Schema;
  readonly defaultValue?: unknown;
  readonly in?: Schema;
  readonly options?: readonly Schema[];
  readonly shape?: Readonly<Record<string, Schema>>;
  readonly catchall?: Schema;
  readonly element?: Schema;
  readonly valueType?: Schema;
  readonly items?: readonly Schema[];
  readonly left?: Schema;
  readonly right?: Schema;
  readonly entries?: Readonly<Record<string, string | number>>;
  readonly values?: readonly unknown[];
  readonly getter?: () => Schema;
}

const MAX_DEPTH = 64;

function definition(schema: Schema): Definition {
  return schema._zod.def as unknown as Definition;
}

function markedSecret(schema: Schema): boolean {
  return z.globalRegistry.get(schema)?.secret === true;
}

/** Looks through wrappers (optional, default, pipe …), unions and intersections. */
export function schemaNode(schemas: readonly Schema[]): SchemaNode {
  const types: Schema[] = [];
  let secret = false;
  let written: unknown;
  const open = (schema: Schema, depth: number, transformed: boolean): void => {
    if (depth > MAX_DEPTH) return;
    if (markedSecret(schema)) secret = true;
    const def = definition(schema);
    if (transformed && def.type === 'default') written ??= def.defaultValue;
    const inside = def.type === 'lazy' ? [def.getter?.()] : [def.innerType, def.in, def.left, def.right, ...(def.type === 'union' ? (def.options ?? []) : [])];
    const inner = inside.filter((candidate) => candidate !== undefined);
    if (inner.length === 0 || def.type === 'promise') types.push(schema);
    else for (const candidate of inner) open(candidate, depth + 1, transformed || def.type === 'pipe');
  };
  for (const schema of schemas) open(schema, 0, false);
  return written === undefined ? { types, secret } : { types, secret, written };
}

/** The place under a key or index; undefined where nothing is known of it. */
export function childNode(node: SchemaNode, key: string | number): SchemaNode | undefined {
  const found: Schema[] = [];
  for (const type of node.types) {
    const def = definition(type);
    const child =
      def.type === 'object'
        ? ((Object.hasOwn(def.shape ?? {}, key) ? def.shape?.[key] : undefined) ?? def.catchall)
        : def.type === 'array'
          ? def.element
          : def.type === 'tuple'
            ? def.items?.[Number(key)]
            : def.valueType;
    if (child !== undefined) found.push(child);
  }
  return found.length === 0 ? undefined : schemaNode(found);
}

/** The keys of an object, in order; undefined where any key is allowed or it is no object. */
export function closedKeys(node: SchemaNode): string[] | undefined {
  const keys = new Set<string>();
  let objects = 0;
  for (const type of node.types) {
    const def = definition(type);
    if (['record', 'map', 'any', 'unknown', 'custom'].includes(def.type)) return undefined;
    if (def.type !== 'object') continue;
    if (def.catchall !== undefined && definition(def.catchall).type !== 'never') return undefined;
    objects++;
    for (const key of Object.keys(def.shape ?? {})) keys.add(key);
  }
  return objects === 0 ? undefined : [...keys];
}

/** Every key that is named in an object, open or not. */
export function namedKeys(node: SchemaNode): string[] {
  return [...new Set(node.types.flatMap((type) => Object.keys(definition(type).shape ?? {})))];
}

/** Whether text is taken here and a number is not. */
export function wantsText(node: SchemaNode): boolean {
  const kinds = node.types.map((type) => definition(type).type);
  return kinds.includes('string') && !kinds.some((kind) => ['number', 'int', 'bigint', 'any', 'unknown'].includes(kind));
}

/** Whether a schema is an object that takes only the keys it names. */
export function isClosedObject(schema: Schema): boolean {
  const def = definition(schema);
  return def.type === 'object' && def.catchall === undefined;
}
