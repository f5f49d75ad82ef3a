import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packages } from '../../lint/sources.js';

const PURE = /^plugins\/((codec|format)-[^/]+\/src\/|wire-text\/src\/|[^/]+\/src\/proto\/)/;
const PARSER =
  /^export (?:async )?(?:function ((?:tryParse|parse|read|split|scan|sniff|decode)[A-Z]\w*)|class (\w*(?:Reader|Parser|Demuxer|Deframer|Depacketizer|Splitter|Handshake)))\b/gm;

it('every parser has a target, or is a part of one that has', () => {
  const folder = join(import.meta.dirname, '../src/targets');
  const targets = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
  const missing = packages().flatMap(({ sources }) => {
    const pure = sources.filter(({ path }) => PURE.test(path) && !path.endsWith('/index.ts'));
    return pure.flatMap(({ path, text }) =>
      [...text.matchAll(PARSER)]
        .map(([, parse, parser]) => parse ?? parser ?? '')
        .filter((name) => {
          const times = (other: string) => other.match(new RegExp(`\\b${name}\\b`, 'g'))?.length ?? 0;
          const isPart = pure.some((source) => times(source.text) > (source.path === path ? 1 : 0));
          return !isPart && !targets.some((target) => times(target) > 0);
        })
        .map((name) => `${path}: ${name}`),
    );
  });
  expect(missing).toEqual([]);
});
