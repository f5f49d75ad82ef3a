import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The page as `npm run build:web` left it; the same place seen from `src` and from `dist`. */
const BUILT = fileURLToPath(new URL('../../dist/web/', import.meta.url));

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** A file to be sent. */
export interface WebFile {
  readonly type: string;
  readonly body: Buffer;
}

/** The page and its assets by file name. */
export interface WebFiles {
  readonly page: WebFile;
  readonly assets: ReadonlyMap<string, WebFile>;
}

async function load(folder: string, name: string): Promise<WebFile> {
  return { type: TYPES[extname(name)] ?? 'application/octet-stream', body: await readFile(join(folder, name)) };
}

/** Reads the built page, half a megabyte, once: no request ever names a file of the disk. `undefined` where it was not built. */
export async function loadWebFiles(folder = BUILT): Promise<WebFiles | undefined> {
  try {
    const assetFolder = join(folder, 'player', 'assets');
    const assets = new Map<string, WebFile>();
    for (const name of await readdir(assetFolder)) assets.set(name, await load(assetFolder, name));
    return { page: await load(folder, 'index.html'), assets };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
