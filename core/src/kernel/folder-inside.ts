import { lstat, mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { SluiceError } from '../error.js';

/**
 * The folder `root/…parts`, made where it is not there; `root` itself may be anything. Rejects with `ERR_PATH_OUTSIDE` where a part is no name or no
 * folder: a link could lead anywhere.
 */
export async function folderInside(root: string, parts: readonly string[]): Promise<string> {
  await mkdir(root, { recursive: true });
  let folder = await realpath(root);
  for (const part of parts) {
    if (part === '' || part === '.' || part === '..' || /[/\\\0]/.test(part)) throw outside(folder, part);
    folder = join(folder, part);
    await mkdir(folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    // Of the link itself, not of what it leads to.
    if (!(await lstat(folder)).isDirectory()) throw outside(folder, part);
  }
  return folder;
}

function outside(folder: string, part: string): SluiceError {
  return new SluiceError('ERR_PATH_OUTSIDE', `${JSON.stringify(part)} is no folder to write in (${folder})`);
}
