import { randomUUID } from 'node:crypto';
import type { RtmpPush } from '@sluice/plugin-rtmp/service';
import type { RelayPush, RelayPushInfo, RelayPushOrigin } from '../service.js';

/** What a push is beside what it says of itself. */
export interface PushEntry {
  readonly id: string;
  readonly path: string;
  /** With its secrets. */
  readonly url: string;
  readonly via: RelayPushInfo['via'];
  readonly origin: RelayPushOrigin;
  readonly push: RtmpPush;
}

/** A push with who it is. */
export function describePush({ id, via, origin, push }: PushEntry): RelayPushInfo {
  return { id, origin, via, ...push.info() };
}

/** All pushes of an engine, whoever wanted them. */
export class PushTable {
  readonly #entries = new Map<string, PushEntry>();

  get entries(): IterableIterator<PushEntry> {
    return this.#entries.values();
  }

  get(id: string): PushEntry | undefined {
    return this.#entries.get(id);
  }

  /** The one that forwards this stream there. */
  find(path: string, url: string): PushEntry | undefined {
    for (const entry of this.#entries.values()) if (entry.path === path && entry.url === url) return entry;
    return undefined;
  }

  /** How many there are of an origin. */
  count(origin: RelayPushOrigin): number {
    let count = 0;
    for (const entry of this.#entries.values()) if (entry.origin === origin) count++;
    return count;
  }

  /** Keeps a push until it is closed. */
  add(entry: PushEntry): RelayPush {
    this.#entries.set(entry.id, entry);
    return { info: () => describePush(entry), close: () => this.close(entry.id) };
  }

  /** Ends one. Safe to call twice. */
  async close(id: string): Promise<void> {
    const entry = this.#entries.get(id);
    this.#entries.delete(id);
    await entry?.push.close();
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.#entries.keys()].map((id) => this.close(id)));
  }
}

/** A new id. */
export function newPushId(): string {
  return randomUUID();
}
