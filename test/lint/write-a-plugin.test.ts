import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './sources.js';

const page = readFileSync(join(root, 'docs/write-a-plugin.md'), 'utf8');
// A block that is a file says so in the line before it: `<!-- examples/http-ts/src/index.ts -->`.
const blocks = [...page.matchAll(/<!-- (examples\/\S+) -->\n```\w+\n([\s\S]*?)\n```/g)].map(([, file = '', text = '']) => [file, text] as const);

it('the page shows the whole of the example', () => {
  const files = blocks.map(([file]) => file).filter((file) => file.startsWith('examples/http-ts/'));
  expect(files.sort()).toEqual(
    ['src/config.ts', 'src/index.ts', 'src/play.ts', 'src/ts-form.ts', 'test/client.ts', 'test/conformance.test.ts'].map((file) => `examples/http-ts/${file}`),
  );
});

it.each(blocks)('the page shows %s as it is', (file, text) => {
  expect(`${text}\n`).toBe(readFileSync(join(root, file), 'utf8'));
});

it.each(['http-ts', 'auth-file'])('examples/%s has less than 150 lines', (name) => {
  const files = blocks.map(([file]) => file).filter((file) => file.startsWith(`examples/${name}/src/`));
  const extra = name === 'auth-file' ? ['examples/auth-file/src/access-list.ts', 'examples/auth-file/src/config.ts'] : [];
  const lines = [...files, ...extra].flatMap((file) => readFileSync(join(root, file), 'utf8').trimEnd().split('\n'));
  expect(lines.length).toBeGreaterThan(50);
  expect(lines.length).toBeLessThan(150);
});
