import type { RelayLinkInfo, RelayVia } from '../service.js';
import type { RetryingLink } from './retrying-link.js';

/** What a pull or push is beside what it says of itself. */
export interface LinkEntry<O extends string> {
  readonly id: string;
  readonly path: string;
  /** With its secrets. */
  readonly url: string;
  readonly via: RelayVia;
  readonly origin: O;
  readonly link: RetryingLink;
}

/** A pull or push with who it is. */
export function describeEntry<O extends string>({ id, via, origin, link }: LinkEntry<O>): RelayLinkInfo & Pick<LinkEntry<O>, 'id' | 'via' | 'origin'> {
  return { id, origin, via, ...link.info() };
}

/** All pulls or all pushes of an engine, whoever wanted them, by id and by path. */
export class LinkTable<O extends string, E extends LinkEntry<O> = LinkEntry<O>> {
  readonly #byId = new Map<string, E>();
  readonly #byPath = new Map<string, Set<E>>();

  get entries(): readonly E[] {
    return [...this.#byId.values()];
  }

  get(id: string): E | undefined {
    return this.#byId.get(id);
  }

  /** Those of a stream. */
  of(path: string): readonly E[] {
    return [...(this.#byPath.get(path) ?? [])];
  }

  /** How many there are of an origin. */
  count(origin: O): number {
    let count = 0;
    for (const entry of this.#byId.values()) if (entry.origin === origin) count++;
    return count;
  }

  /** Keeps one until it is removed. */
  add(entry: E): void {
    this.#byId.set(entry.id, entry);
    const same = this.#byPath.get(entry.path) ?? new Set();
    this.#byPath.set(entry.path, same.add(entry));
  }

  /** Ends one and forgets it. False where it is not known. */
  remove(id: string): boolean {
    const entry = this.#byId.get(id);
    if (entry === undefined) return false;
    this.#byId.delete(id);
    const same = this.#byPath.get(entry.path);
    same?.delete(entry);
    if (same?.size === 0) this.#byPath.delete(entry.path);
    entry.link.close();
    return true;
  }

  removeAll(): void {
    for (const id of [...this.#byId.keys()]) this.remove(id);
  }
}
