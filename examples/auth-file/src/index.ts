import { readFile } from 'node:fs/promises';
import { definePlugin, messageOf } from '@sluice/core';
import { type AccessList, parseAccessList } from './access-list.js';
import { config } from './config.js';

/** Before the plugin `auth`, which is asked where this one is not there. */
const STAGE = -10;

/** Decides who may publish and play by a list in a file, which may be changed while the server runs. */
export default definePlugin({
  name: 'auth-file',
  version: '0.1.0',
  engine: '^1.0.0',
  config,
  async setup(ctx, { file, checkSeconds }) {
    let text = await readFile(file, 'utf8');
    let list: AccessList = parseAccessList(text);
    const look = async (): Promise<void> => {
      const now = await readFile(file, 'utf8');
      if (now === text) return;
      text = now;
      list = parseAccessList(now);
      ctx.log.info({ file }, 'the list was read again');
    };
    // A list that cannot be read leaves the one before in force.
    ctx.clock.every(checkSeconds * 1000, () => {
      look().catch((error: unknown) => {
        ctx.count('list');
        ctx.log.warn({ file }, `the list was not read: ${messageOf(error)}`);
      });
    });
    ctx.hooks.authorize((request) => list(request), { stage: STAGE });
  },
});

export { type AccessList, parseAccessList } from './access-list.js';
export { config } from './config.js';
