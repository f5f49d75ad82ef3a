import { join } from 'node:path';
import type { PluginContext } from '@sluice/core';
import type { HlsConfig } from '../config.js';
import type { FormChoice } from '../map/container.js';
import { Packager } from './packager.js';
import { createDiskStore, createMemoryStore } from './segment-store.js';

/** What can be chosen of a stream's sound, for all else the choice is the server's. */
const AUDIO_CHOICES = new Set(['original', 'aac', 'opus']);

/** The packagers of an engine: one for each stream and what viewers choose, as long as somebody keeps it. */
export class Packagers {
  readonly #ctx: PluginContext;
  readonly #config: HlsConfig;
  readonly #folder: string;
  readonly #byName = new Map<string, Packager>();

  /** `folder` is where segments go if they are kept on disk. */
  constructor(ctx: PluginContext, config: HlsConfig, folder: string) {
    this.#ctx = ctx;
    this.#config = config;
    this.#folder = folder;
  }

  /** To be released. `audio` is what the query says of sound. */
  acquire(path: string, choice: FormChoice, audio: string | undefined): Packager {
    const name = [path, choice, audio !== undefined && AUDIO_CHOICES.has(audio) ? audio : ''].join(' ');
    const packager = this.#byName.get(name) ?? this.#create(choice);
    this.#byName.set(name, packager);
    packager.users++;
    return packager;
  }

  #create(choice: FormChoice): Packager {
    const { clock, count } = this.#ctx;
    return new Packager(choice, this.#config, {
      clock,
      store: (key) => (this.#config.storage === 'disk' ? createDiskStore(join(this.#folder, key), () => count('disk')) : createMemoryStore()),
      onError: (kind) => count(kind),
    });
  }

  release(packager: Packager): void {
    if (--packager.users > 0) return;
    for (const [name, known] of this.#byName) if (known === packager) this.#byName.delete(name);
    packager.close();
  }
}
