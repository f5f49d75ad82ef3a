import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf, replaceFile } from '@sluice/core';
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

/** Resolves once the tokens are on the disk; until then the file has those of before. One at a time. Rejects with `ERR_AUTH_TOKEN_FILE`. */
export async function writeTokens(file: string, tokens: readonly KeptToken[]): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await replaceFile(file, `${JSON.stringify({ version: 1, tokens }, undefined, 2)}\n`);
  } catch (error) {
    throw authError('ERR_AUTH_TOKEN_FILE', `${file} cannot be written: ${messageOf(error)}`, error);
  }
}
