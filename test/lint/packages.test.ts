import { existsSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { packageOf, packages, root } from './sources.js';

const all = packages();
const names = (manifest: Readonly<Record<string, unknown>>, field: string) => Object.keys((manifest[field] ?? {}) as Record<string, string>);
/** What a package stands on that whoever uses it has to install. */
const peersOf = (name: string): string[] => {
  const file = join(root, 'node_modules', name, 'package.json');
  return existsSync(file) ? names(JSON.parse(readFileSync(file, 'utf8')), 'peerDependencies') : [];
};

describe.each(all.map((entry) => [entry.name, entry] as const))('%s', (name, { folder, manifest, sources }) => {
  it('declares what it imports, and imports what it declares', () => {
    const used = new Map<string, boolean>();
    for (const { from, typeOnly } of sources.flatMap(({ imports }) => imports)) {
      if (from.startsWith('.') || from.startsWith('node:') || builtinModules.includes(from)) continue;
      const target = packageOf(from);
      if (target !== name) used.set(target, (used.get(target) ?? true) && typeOnly);
    }
    const declared = [...names(manifest, 'dependencies'), ...names(manifest, 'peerDependencies')];
    const missing = [...used].filter(([target, typeOnly]) => !declared.includes(target) && !(typeOnly && names(manifest, 'devDependencies').includes(target)));
    expect(missing.map(([target]) => target)).toEqual([]);
    // zod's types are in the declarations of whatever has a config; reflect-metadata is what tsyringe stands on.
    const peers = names(manifest, 'dependencies').flatMap(peersOf);
    const unused = names(manifest, 'dependencies').filter((target) => !used.has(target) && !['zod', 'reflect-metadata', ...peers].includes(target));
    const inBin = manifest.bin === undefined ? [] : ['@sluice/core'];
    expect(unused.filter((target) => !inBin.includes(target))).toEqual([]);
  });

  if (manifest.private === true) return;

  it('has a readme, a changelog and a complete manifest', () => {
    for (const file of ['README.md', 'CHANGELOG.md']) expect([file, existsSync(join(root, folder, file))]).toEqual([file, true]);
    expect(manifest).toMatchObject({
      type: 'module',
      license: 'MIT',
      engines: { node: '>=20.19' },
      version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
      description: expect.any(String),
    });
    const short = folder.split('/')[1];
    const kind = folder.startsWith('plugins/') ? 'plugin' : 'preset';
    // `npm create NAME` asks for a package called `create-NAME`.
    const expected = folder === 'core' ? '@sluice/core' : short?.startsWith('create-') ? short : `@sluice/${kind}-${short}`;
    expect(name).toBe(expected);
    expect(readFileSync(join(root, folder, 'CHANGELOG.md'), 'utf8')).toContain(`## ${String(manifest.version)}`);
  });

  it('takes the core as a peer when it is a plugin', () => {
    if (!name.startsWith('@sluice/plugin-') || !sources.some(({ imports }) => imports.some(({ from }) => packageOf(from) === '@sluice/core'))) return;
    expect(names(manifest, 'peerDependencies')).toContain('@sluice/core');
  });
});
