import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './sources.js';

/** What a reader copies: the lines of code without their comments. */
function code(file: string): string[] {
  const blocks = readFileSync(join(root, file), 'utf8').match(/^```[a-z]*\n[\s\S]*?^```$/gm) ?? [];
  return blocks.flatMap((block) => block.split('\n').map((line) => line.replace(/ *#\s.*$/, '').trimEnd()));
}

it('the Chinese README shows the same commands and configs as the English one', () => {
  expect(code('README.zh-CN.md')).toEqual(code('README.md'));
});
