import { dirname, join } from 'node:path/posix';
import { importsOf, packageOf, packages } from './sources.js';

const all = packages();
const sources = all.flatMap((entry) => entry.sources);
const SOCKETS = ['node:net', 'node:dgram', 'node:tls', 'net', 'dgram', 'tls'];

/** `PATH: IMPORT` of every import that breaks a rule. */
function offenders(breaks: (path: string, from: string, typeOnly: boolean) => boolean): string[] {
  return sources.flatMap(({ path, imports }) => imports.filter(({ from, typeOnly }) => breaks(path, from, typeOnly)).map(({ from }) => `${path}: ${from}`));
}

// Ground floor first. A package imports only from floors below its own; services of its own floor by their ./service types.
const FLOORS: readonly RegExp[] = [
  /^@sluice\/core$/,
  /^@sluice\/plugin-(codec-|wire-text$|delivery$|sqlite$)/,
  /^@sluice\/plugin-format-/,
  /^@sluice\/plugin-/,
  /^@sluice\/preset-/,
];
// codec-nal holds what the codecs of NAL units share.
const BELOW_ITS_FLOOR = ['@sluice/plugin-codec-nal'];

function floorOf(name: string): number {
  const floor = FLOORS.findIndex((pattern) => pattern.test(name));
  return floor < 0 ? FLOORS.length : floor;
}

it('there is something to look at', () => {
  expect(sources.length).toBeGreaterThan(30);
  expect(importsOf("import type { A } from './a.js';\nexport { b,\n  c } from 'b';\nimport 'c';\nawait import('d');")).toEqual([
    { from: './a.js', typeOnly: true, late: false },
    { from: 'b', typeOnly: false, late: false },
    { from: 'c', typeOnly: false, late: false },
    { from: 'd', typeOnly: false, late: true },
  ]);
});

it('packages import only from floors below', () => {
  const broken = all.flatMap(({ name, sources: own }) =>
    own.flatMap(({ path, imports }) =>
      imports
        .filter(({ from }) => from.startsWith('@sluice/') && packageOf(from) !== name)
        .filter(({ from }) => {
          const target = packageOf(from);
          if (floorOf(target) < floorOf(name) || BELOW_ITS_FLOOR.includes(target)) return false;
          if (floorOf(name) === FLOORS.length - 1 && floorOf(target) === FLOORS.length - 1) return false; // a preset of presets
          return !(floorOf(target) === floorOf(name) && from === `${target}/service`);
        })
        .map(({ from }) => `${path}: ${from}`),
    ),
  );
  expect(broken).toEqual([]);
});

it('nobody reaches into another package', () => {
  const broken = offenders((path, from) => {
    if (/^@sluice\/[^/]+\/(src|dist)\b/.test(from)) return true;
    if (!from.startsWith('.')) return false;
    const folder = path
      .split('/')
      .slice(0, path.startsWith('core/') ? 1 : 2)
      .join('/');
    return !join(dirname(path), from).startsWith(folder.startsWith('examples/') ? `${folder}/` : `${folder}/src/`) && !/\/package\.json$/.test(from);
  });
  expect(broken).toEqual([]);
});

it('sockets are opened in core/src/transport only', () => {
  const allowed = (path: string) => path.startsWith('core/src/transport/') || path.startsWith('plugins/connection-proxy/');
  expect(offenders((path, from, typeOnly) => SOCKETS.includes(from) && !typeOnly && !allowed(path))).toEqual([]);
});

it('yargs is used in core/src/cli only, tsyringe in core/src/kernel only', () => {
  expect(offenders((path, from) => packageOf(from) === 'yargs' && !path.startsWith('core/src/cli/'))).toEqual([]);
  expect(offenders((path, from) => ['tsyringe', 'reflect-metadata'].includes(from) && !path.startsWith('core/src/kernel/'))).toEqual([]);
});

it('proto/, codecs and formats are pure', () => {
  const pure = /^plugins\/((codec|format)-[^/]+\/src\/|[^/]+\/src\/proto\/)/;
  expect(offenders((path, from, typeOnly) => pure.test(path) && from.startsWith('node:') && from !== 'node:buffer' && !typeOnly)).toEqual([]);
  const impure = /\b(setTimeout|setInterval|setImmediate|Math\.random|Date\.now|new Date\(\)|performance\.now|process\.|console\.)\b/;
  const code = (text: string) => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '');
  expect(sources.filter(({ path, text }) => pure.test(path) && impure.test(code(text))).map(({ path }) => path)).toEqual([]);
  expect(offenders((path, from) => pure.test(path) && packageOf(from) === 'pino')).toEqual([]);
});

it('map/ and proto/ know nothing of net/ but types', () => {
  expect(offenders((path, from, typeOnly) => /\/src\/(proto|map)\//.test(path) && /(^|\/)net\//.test(from) && !typeOnly)).toEqual([]);
  expect(offenders((path, from) => /\/src\/proto\//.test(path) && /(^|\/)map\//.test(from))).toEqual([]);
});

it('nothing is exported by star, nothing inherits but from Error', () => {
  expect(sources.filter(({ text }) => /^\s*export\s+\*/m.test(text)).map(({ path }) => path)).toEqual([]);
  const parents = sources.flatMap(({ path, text }) =>
    [...text.matchAll(/^\s*(?:export )?(?:abstract )?class \w+(?:<[^{]*?>)? extends (\w+)/gm)].map(([, parent = '']) => ({ path, parent })),
  );
  expect(parents.filter(({ parent }) => !parent.endsWith('Error'))).toEqual([]);
});

it('imports make no circle', () => {
  const known = new Set(sources.map(({ path }) => path));
  const targets = new Map(
    sources.map(({ path, imports }) => [
      path,
      imports
        .filter(({ from, typeOnly, late }) => from.startsWith('.') && !typeOnly && !late)
        .map(({ from }) => join(dirname(path), from).replace(/\.js$/, '.ts'))
        .filter((target) => known.has(target)),
    ]),
  );
  const circles: string[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const visit = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === 'done') return;
    if (state.get(path) === 'open') {
      circles.push([...trail.slice(trail.indexOf(path)), path].join(' → '));
      return;
    }
    state.set(path, 'open');
    for (const target of targets.get(path) ?? []) visit(target, [...trail, path]);
    state.set(path, 'done');
  };
  for (const path of known) visit(path, []);
  expect(circles).toEqual([]);
});
