// `npm run conformance`: every input to every output of every preset. With --write, docs/protocols.md becomes what the run saw; other arguments are jest's.
import { join } from 'node:path';
import { build, install } from './prepare.mjs';
import { run } from './run.mjs';
import { root } from './workspaces.mjs';

const args = process.argv.slice(2);
if (args.includes('--write')) process.env.CONFORMANCE_WRITE = '1';

await install();
await build();
const node = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
const jest = [join(root, 'node_modules/jest/bin/jest.js'), '--selectProjects', 'conformance', '--runInBand', '--forceExit', '--ci'];
process.exitCode = await run(process.execPath, [...node, ...jest, ...args.filter((arg) => arg !== '--write')]);
