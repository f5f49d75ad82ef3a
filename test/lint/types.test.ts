import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './sources.js';

describe('the types of what is compiled', () => {
  it('let through what is right and refuse what is wrong, as test/types says', () => {
    const { status, stdout } = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'test/types')], {
      encoding: 'utf8',
    });
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
  }, 120_000);
});
