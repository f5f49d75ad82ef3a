import type { RelayLinkInfo } from '../service.js';
import type { RetryingLink } from './retrying-link.js';

/** What a pull or push is beside what it says of itself. */
export interface LinkEntry<O> {
  readonly id: string;
  readonly path: string;
  /** With its secrets. */
  readonly url: string;
  readonly via: string;
  readonly origin: O;
  readonly link: RetryingLink;
}

/** A pull or push with who it is. */
export function describeEntry<O>({ id, via, origin, link }: LinkEntry<O>): RelayLinkInfo & Pick<LinkEntry<O>, 'id' | 'via' | 'origin'> {
  return { id, origin, via, ...link.info() };
}

/** All pulls or all pushes of an engine, whoever wanted them, by id and by path. */
export class LinkTable<O, More = unknown> {
  readonly #byId = new Map<string, LinkEntry<O> & More>();
  readonly #byPath = new Map<string, Set<LinkEntry<O> & More>>();

  get entries(): readonly (LinkEntry<O> & More)[] {
    return [...this.#byId.values()];
  }

  get(id: string): (LinkEntry<O> & More) | undefined {
    return this.#byId.get(id);
  }

  /** Those of a stream. */
  of(path: string): readonly (LinkEntry<O> & More)[] {
    return [...(this.#byPath.get(path) ?? [])];
  }

  /** How many there are of an origin. */
  count(origin: O): number {
    let count = 0;
    for (const entry of this.#byId.values()) if (entry.origin === origin) count++;
    return count;
  }

  /** Keeps one until it is removed. */
  add(entry: LinkEntry<O> & More): void {
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
