import { isPlainObject, type Path, pathKey } from './path.js';

/** Config put together layer by layer, remembering which layer each value came from. */
export class MergedConfig {
  readonly values: Record<string, unknown> = {};
  readonly #origins = new Map<string, string>();

  /** Lays `value` over what is at `path`: objects are merged key by key, all else replaces. Numeric keys go into lists. */
  set(path: Path, value: unknown, sourceOf: (path: Path) => string): void {
    const last = path.at(-1);
    if (last === undefined) {
      if (isPlainObject(value)) for (const [key, inner] of Object.entries(value)) this.set([key], inner, sourceOf);
      return;
    }
    if (path.includes('__proto__')) return;
    const { parent, listDepth } = this.#parent(path);
    this.#merge(parent, last, value, path, sourceOf);
    if (listDepth !== undefined) this.#mark(path.slice(0, listDepth), sourceOf(path));
  }

  /** The layer a value came from; undefined where no layer set it. */
  originOf(path: Path): string | undefined {
    for (let length = path.length; length > 0; length--) {
      const origin = this.#origins.get(pathKey(path.slice(0, length)));
      if (origin !== undefined) return origin;
    }
    return undefined;
  }

  /** Like `originOf`, or the layer of anything below. */
  originNear(path: Path): string | undefined {
    const exact = this.originOf(path);
    if (exact !== undefined) return exact;
    const prefix = `${pathKey(path)}\0`;
    for (const [key, origin] of this.#origins) if (key.startsWith(prefix)) return origin;
    return undefined;
  }

  #parent(path: Path): { parent: Record<string, unknown>; listDepth: number | undefined } {
    let parent = this.values;
    let listDepth: number | undefined;
    for (let depth = 1; depth < path.length; depth++) {
      const key = String(path[depth - 1]);
      const existing = parent[key];
      let next: Record<string, unknown>;
      if (Array.isArray(existing)) {
        // A list belongs to whoever gave it: change a copy.
        next = [...existing] as unknown as Record<string, unknown>;
        listDepth ??= depth;
      } else if (isPlainObject(existing)) next = listDepth === undefined ? existing : { ...existing };
      else {
        next = {};
        this.#forget(path.slice(0, depth));
      }
      parent[key] = next;
      parent = next;
    }
    return { parent, listDepth };
  }

  #merge(parent: Record<string, unknown>, key: string | number, value: unknown, path: Path, sourceOf: (path: Path) => string): void {
    if (key === '__proto__' || value === undefined) return;
    if (!isPlainObject(value)) {
      parent[key] = value;
      this.#mark(path, sourceOf(path));
      return;
    }
    let target = parent[key];
    if (!isPlainObject(target)) {
      this.#forget(path);
      target = {};
      parent[key] = target;
    }
    for (const [inner, item] of Object.entries(value)) this.#merge(target as Record<string, unknown>, inner, item, [...path, inner], sourceOf);
  }

  #mark(path: Path, origin: string): void {
    this.#forget(path);
    this.#origins.set(pathKey(path), origin);
  }

  #forget(path: Path): void {
    const exact = pathKey(path);
    for (const key of this.#origins.keys()) if (key === exact || key.startsWith(`${exact}\0`)) this.#origins.delete(key);
  }
}
