import { readFileSync } from 'node:fs';
import { messageOf, replaceFile } from '@sluice/core';
import { z } from 'zod';
import { relayError } from '../errors.js';

const request = z.strictObject({
  kind: z.enum(['pull', 'push']),
  id: z.string(),
  path: z.string(),
  url: z.string(),
  retries: z.number().exactOptional(),
  retryIntervalMs: z.number().exactOptional(),
  transport: z.enum(['auto', 'tcp', 'udp']).exactOptional(),
  idleSeconds: z.number().exactOptional(),
  query: z.record(z.string(), z.string()).exactOptional(),
});
const file = z.strictObject({ version: z.literal(1), requests: z.array(request) });

/** A pull or push of the API, as it was asked for. */
export type KeptRequest = z.output<typeof request>;

/** Pulls and pushes of the API in a file of the data folder: what the API has confirmed is there after `kill -9` and a power cut. */
export class KeptRequests {
  readonly #file: string;
  readonly #requests = new Map<string, KeptRequest>();
  /** The write that runs, or the last one that did. */
  #write = Promise.resolve();
  /** The write after it: everybody who comes while one runs waits for the same next one. */
  #next: Promise<void> | undefined;

  /** Reads the file where there is one. Throws `ERR_RELAY_KEPT` where it cannot be understood: nobody wants it overwritten. */
  constructor(path: string) {
    this.#file = path;
    for (const kept of load(path)) this.#requests.set(kept.id, kept);
  }

  get all(): readonly KeptRequest[] {
    return [...this.#requests.values()];
  }

  /** Resolves once it is on the disk. Rejects with `ERR_RELAY_KEPT`; it is not kept then. */
  async add(kept: KeptRequest): Promise<void> {
    this.#requests.set(kept.id, kept);
    try {
      await this.#save();
    } catch (error) {
      this.#requests.delete(kept.id);
      throw relayError('ERR_RELAY_KEPT', `cannot be kept in ${this.#file}: ${messageOf(error)}`, error);
    }
  }

  /** Forgets one; nothing happens where it was not kept. Rejects with `ERR_RELAY_KEPT`. */
  async delete(id: string): Promise<void> {
    if (!this.#requests.delete(id)) return;
    try {
      await this.#save();
    } catch (error) {
      throw relayError('ERR_RELAY_KEPT', `${this.#file} cannot be written: ${messageOf(error)}`, error);
    }
  }

  /** Writes what there is, once for all who ask meanwhile: a disk may take its time, and streams must not wait for it. */
  #save(): Promise<void> {
    this.#next ??= this.#write
      .catch(() => {}) // whoever asked for that one was told
      .then(() => {
        this.#next = undefined;
        this.#write = replaceFile(this.#file, `${JSON.stringify({ version: 1, requests: this.all }, undefined, 2)}\n`);
        return this.#write;
      });
    return this.#next;
  }
}

function load(path: string): readonly KeptRequest[] {
  try {
    return file.parse(JSON.parse(readFileSync(path, 'utf8'))).requests;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw relayError('ERR_RELAY_KEPT', `${path} cannot be understood: ${messageOf(error)}`, error);
  }
}
