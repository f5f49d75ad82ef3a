/** A place in a config: keys and indices from the top. */
export type Path = readonly (string | number)[];

/** A path as a key of a map. */
export function pathKey(path: Path): string {
  return path.join('\0');
}

/** A path as people write it. */
export function dotted(path: Path): string {
  return path.join('.');
}

/** True for an object that is neither a list nor an instance of something. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
}

/** What is at a path, undefined where there is nothing. */
export function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string | number, unknown>)[key];
  }
  return value;
}
