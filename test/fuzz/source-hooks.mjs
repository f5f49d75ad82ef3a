// Module hooks that run the TypeScript sources as they are: `@sluice/*` maps to sources as in jest, swc takes the types away. No build, no stale build.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';

const root = new URL('../../', import.meta.url);
const PACKAGES = [
  [/^@sluice\/core$/, () => 'core/src/index.ts'],
  [/^@sluice\/core\/(.+)$/, (name) => `core/src/${name}/index.ts`],
  [/^@sluice\/plugin-([^/]+)$/, (name) => `plugins/${name}/src/index.ts`],
  [/^@sluice\/plugin-([^/]+)\/(.+)$/, (name, file) => `plugins/${name}/src/${file}.ts`],
];

export async function resolve(specifier, context, next) {
  for (const [pattern, file] of PACKAGES) {
    const match = pattern.exec(specifier);
    if (match !== null) return { url: new URL(file(...match.slice(1)), root).href, shortCircuit: true };
  }
  if (specifier.startsWith('.') && specifier.endsWith('.js') && context.parentURL?.endsWith('.ts')) {
    const url = new URL(`${specifier.slice(0, -3)}.ts`, context.parentURL);
    if (existsSync(url)) return { url: url.href, shortCircuit: true };
  }
  return next(specifier, context);
}

export async function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);
  const filename = fileURLToPath(url);
  const { code } = transformSync(readFileSync(filename, 'utf8'), {
    filename,
    sourceMaps: 'inline',
    jsc: { target: 'es2023', parser: { syntax: 'typescript' } },
    module: { type: 'es6' },
  });
  return { format: 'module', source: code, shortCircuit: true };
}
