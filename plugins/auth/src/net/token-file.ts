import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf } from '@sluice/core';
import { z } from 'zod';
import { actionList, instant, pathList } from '../config.js';
import { authError } from '../errors.js';

const keptToken = z.strictObject({
  id: z.string(),
  sha256: z.string(),
  actions: actionList,
  paths: pathList,
  createdAt: instant,
  expiresAt: instant.exactOptional(),
});
const content = z.strictObject({ version: z.literal(1), tokens: z.array(keptToken) });

/** A token made by the API, as it is kept: what it is is known to its owner only. */
export type KeptToken = z.output<typeof keptToken>;

/** Reads the file. Throws `ERR_AUTH_TOKEN_FILE` where it cannot be understood: nobody wants it overwritten. */
export function readTokens(file: string): KeptToken[] {
  try {
    return content.parse(JSON.parse(readFileSync(file, 'utf8'))).tokens;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw authError('ERR_AUTH_TOKEN_FILE', `${file} cannot be read: ${messageOf(error)}`, error);
  }
}

/** The new file takes the place of the old one in one step, on the disk before this returns. Throws `ERR_AUTH_TOKEN_FILE`. */
export function writeTokens(file: string, tokens: readonly KeptToken[]): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const next = `${file}.new`;
    const descriptor = openSync(next, 'w', 0o600);
    try {
      writeSync(descriptor, `${JSON.stringify({ version: 1, tokens }, undefined, 2)}\n`);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(next, file);
    const folder = openSync(dirname(file), 'r');
    fsyncSync(folder);
    closeSync(folder);
  } catch (error) {
    throw authError('ERR_AUTH_TOKEN_FILE', `${file} cannot be written: ${messageOf(error)}`, error);
  }
}
