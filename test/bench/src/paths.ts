import { join } from 'node:path';

/** The repository's root. */
export const root = join(import.meta.dirname, '../../..');

/** What is built and downloaded for the benchmark; git ignores it. */
export const cache = join(root, 'data/bench');

/** The load tools, copied and compiled. */
export const toolsFolder = join(cache, 'tools');

/** The stream that is published: 2 Mbit/s, 25 pictures a second. */
export const sourceFile = join(cache, 'src_2000k.flv');

/** Where the servers of other projects are installed. */
export const peersFolder = join(cache, 'peers');
