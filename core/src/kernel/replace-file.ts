import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Writes a file that only its owner may read: the new one takes the place of the old one in one step, and is on the disk when this resolves. Cut off
 * at any point, by a kill or a power cut, the file is the old one or the new one. One write of a file at a time: they share `PATH.new`. Rejects as
 * the file system does.
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  const next = `${path}.new`;
  const written = await open(next, 'w', 0o600);
  try {
    await written.writeFile(text);
    await written.sync();
  } finally {
    await written.close();
  }
  await rename(next, path);
  // The name is on the disk only when its folder is.
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
