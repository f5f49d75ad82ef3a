import { join } from 'node:path';
import { checkConfig, checkLifecycle } from '@sluice/core/testing';
import hello from '../../examples/plugin-hello/index.js';
import { root } from './support/paths.js';
import { killAll, start } from './support/programs.js';

afterAll(() => killAll());

// Written as somebody else would: with scripts of their own, and Node's test runner.
it.each(['http-ts', 'auth-file'])(
  'examples/%s lints and passes its tests',
  async (name) => {
    for (const script of ['lint', 'test']) {
      const { code, stdout, stderr } = await start('npm', ['run', '--silent', script], { cwd: join(root, 'examples', name) }).ended;
      if (code !== 0) throw new Error(`npm run ${script} ended with ${code}:\n${stdout.toString()}\n${stderr}`);
    }
  },
  200_000,
);

it('examples/plugin-hello leaves nothing behind, and has a config that holds', async () => {
  await checkLifecycle({ plugins: [hello], use: async (engine) => (await engine.publish('live/a')).close() });
  checkConfig(hello);
}, 60_000);
