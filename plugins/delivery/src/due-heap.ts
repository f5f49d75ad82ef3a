/** Something that is due at a time. */
export interface Due {
  readonly dueMs: number;
}

/** What is due soonest first: a binary heap. */
export class DueHeap<T extends Due> {
  readonly #items: T[] = [];

  get first(): T | undefined {
    return this.#items[0];
  }

  add(item: T): void {
    const items = this.#items;
    let at = items.push(item) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = items[parent] as T;
      if (above.dueMs <= item.dueMs) break;
      items[at] = above;
      at = parent;
    }
    items[at] = item;
  }

  /** Takes the first away. */
  shift(): void {
    const items = this.#items;
    const last = items.pop();
    if (last === undefined || items.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      const left = items[child];
      if (left === undefined) break;
      const right = items[child + 1];
      if (right !== undefined && right.dueMs < left.dueMs) child++;
      const least = items[child] as T;
      if (least.dueMs >= last.dueMs) break;
      items[at] = least;
      at = child;
    }
    items[at] = last;
  }

  /** Takes all away, in no order. */
  clear(): T[] {
    return this.#items.splice(0);
  }
}
