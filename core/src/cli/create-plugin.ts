import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { messageOf, SluiceError } from '../error.js';
import { coreDependency } from './core-dependency.js';

/** What a new plugin begins as: one that hears events, one that sends and takes streams, one that describes a codec. */
export const PLUGIN_SHAPES = ['report', 'protocol', 'codec'] as const;
export type PluginShape = (typeof PLUGIN_SHAPES)[number];

/** What is to be made. */
export interface NewPlugin {
  /** `hello` or `sluice-plugin-hello`; also the name of the folder. */
  readonly name: string;
  readonly shape: PluginShape;
  /** Tarball or folder of `@sluice/core`, or a range of its versions. Left out: as this one came here. */
  readonly core?: string | undefined;
  /** The folder is made in this one. Default: the working folder. */
  readonly cwd?: string;
}

/** What was made. */
export interface CreatedPlugin {
  /** Absolute. */
  readonly folder: string;
  /** Name of the package. */
  readonly package: string;
  /** Name of the plugin, and of its config. */
  readonly plugin: string;
  /** Paths from the folder, sorted. */
  readonly files: readonly string[];
}

const TEMPLATES = join(import.meta.dirname, '../../templates');
const PREFIX = 'sluice-plugin-';
const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const MAX_NAME_LENGTH = 40;
/** Names that a config has for itself. */
const RESERVED: ReadonlySet<string> = new Set(['engine', 'plugins', 'without']);

/** What a new package is linted, compiled and checked with. */
export const TOOLS = { '@biomejs/biome': '2.6.8', '@types/node': '^20.19.0', typescript: '6.0.3' } as const;

const manifestOfCore = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
  readonly engines: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
};

/**
 * Writes a package that builds, lints and passes its tests. Throws `ERR_CONFIG_NAME` for a name that cannot be one, `ERR_CONFIG_FOLDER` where there
 * is such a folder already, and `ERR_CONFIG_CORE` where `core` is no file and no range.
 */
export function createPlugin({ name, shape, core, cwd = '.' }: NewPlugin): CreatedPlugin {
  const plugin = pluginName(name);
  const folder = resolve(cwd, name);
  if (existsSync(folder)) throw new SluiceError('ERR_CONFIG_FOLDER', `${folder} exists already: choose another name, or another folder to make it in`);
  const packageName = `${PREFIX}${plugin}`;
  mkdirSync(folder);
  try {
    const range = `^${manifestOfCore.version}`;
    const words: Words = { name: plugin, package: packageName, NAME: plugin.toUpperCase().replaceAll('-', '_'), range, year: String(new Date().getFullYear()) };
    const texts = new Map([...readTemplate('common', words), ...readTemplate(shape, words)]);
    texts.set('package.json', manifestText(packageName, shape, range, coreDependency(folder, core, range, cwd)));
    for (const [file, text] of texts) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    }
    return { folder, package: packageName, plugin, files: [...texts.keys()].sort() };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error instanceof SluiceError ? error : new SluiceError('ERR_CREATE_PLUGIN', `could not write ${folder}: ${messageOf(error)}`, { cause: error });
  }
}

function pluginName(name: string): string {
  const short = name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name;
  if (!NAME.test(short)) throw new SluiceError('ERR_CONFIG_NAME', `'${name}' cannot be the name of a plugin: lower-case words joined by '-', such as http-ts`);
  if (RESERVED.has(short)) throw new SluiceError('ERR_CONFIG_NAME', `'${name}' cannot be the name of a plugin: a config has something else there`);
  if (short.length > MAX_NAME_LENGTH) throw new SluiceError('ERR_CONFIG_NAME', `'${name}' is too long for a name: ${MAX_NAME_LENGTH} characters at most`);
  return short;
}

/** What stands for `__name__` and the like. */
type Words = Readonly<Record<'name' | 'package' | 'NAME' | 'range' | 'year', string>>;

/** The files of a template by their paths, words filled in. A leading `_` keeps npm and tools from seeing more in them than files. */
function readTemplate(template: string, words: Words): [string, string][] {
  const root = join(TEMPLATES, template);
  const filled = (text: string): string => text.replaceAll(/__(name|package|NAME|range|year)__/g, (_, word: keyof Words) => words[word]);
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const file = relative(root, join(entry.parentPath, dottedName(entry.name)));
      return [file, filled(readFileSync(join(entry.parentPath, entry.name), 'utf8'))];
    });
}

function dottedName(name: string): string {
  return name === '_gitignore' ? '.gitignore' : name.replace(/^_/, '');
}

const DESCRIPTIONS: Readonly<Record<PluginShape, string>> = {
  report: 'Counts events of a Sluice server',
  protocol: 'Frames over TCP for Sluice',
  codec: 'Motion JPEG for Sluice',
};

/** What was compiled of files that are no more must not be tested or packed. */
function remove(folder: string): string {
  return `node -e "fs.rmSync('${folder}', { recursive: true, force: true })"`;
}

function manifestText(name: string, shape: PluginShape, range: string, core: string): string {
  const manifest = {
    name,
    version: '0.1.0',
    description: DESCRIPTIONS[shape],
    keywords: ['sluice', 'sluice-plugin'],
    license: 'MIT',
    type: 'module',
    engines: { node: manifestOfCore.engines.node },
    sideEffects: false,
    exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' }, './package.json': './package.json' },
    files: ['dist', 'README.md', 'CHANGELOG.md'],
    scripts: {
      build: `${remove('dist')} && tsc -p tsconfig.json`,
      lint: 'biome check --error-on-warnings .',
      test: `${remove('build')} && tsc -p tsconfig.test.json && node --test build/test/*.test.js`,
      prepack: 'npm run build',
    },
    ...(shape === 'codec' ? {} : { dependencies: { zod: manifestOfCore.dependencies.zod } }),
    peerDependencies: { '@sluice/core': range },
    devDependencies: { '@biomejs/biome': TOOLS['@biomejs/biome'], '@sluice/core': core, '@types/node': TOOLS['@types/node'], typescript: TOOLS.typescript },
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
