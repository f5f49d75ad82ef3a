import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf } from '@sluice/core';
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

  /** Reads the file where there is one. Throws `ERR_RELAY_KEPT` where it cannot be understood: nobody wants it overwritten. */
  constructor(path: string) {
    this.#file = path;
    for (const kept of load(path)) this.#requests.set(kept.id, kept);
  }

  get all(): readonly KeptRequest[] {
    return [...this.#requests.values()];
  }

  /** Throws `ERR_RELAY_KEPT`; it is not kept then. */
  add(kept: KeptRequest): void {
    this.#requests.set(kept.id, kept);
    try {
      this.#save();
    } catch (error) {
      this.#requests.delete(kept.id);
      throw relayError('ERR_RELAY_KEPT', `cannot be kept in ${this.#file}: ${messageOf(error)}`, error);
    }
  }

  /** Forgets one; nothing happens where it was not kept. Throws `ERR_RELAY_KEPT`. */
  delete(id: string): void {
    if (!this.#requests.delete(id)) return;
    try {
      this.#save();
    } catch (error) {
      throw relayError('ERR_RELAY_KEPT', `${this.#file} cannot be written: ${messageOf(error)}`, error);
    }
  }

  /** The new file takes the place of the old one in one step. URLs have secrets: nobody else may read it. */
  #save(): void {
    const next = `${this.#file}.new`;
    const descriptor = openSync(next, 'w', 0o600);
    try {
      writeSync(descriptor, `${JSON.stringify({ version: 1, requests: this.all }, undefined, 2)}\n`);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(next, this.#file);
    const folder = openSync(dirname(this.#file), 'r');
    fsyncSync(folder);
    closeSync(folder);
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
