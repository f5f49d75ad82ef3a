import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { messageOf, SluiceError } from '../error.js';
import { resolveModule } from '../preset/load-module.js';
import { type Command, isCommand } from './define-command.js';

const EXPORT = './command';
const NAME = /^[a-z0-9][a-z0-9-]*$/;
const PACKAGE = /^(?:@sluice\/|sluice-)plugin-([a-z0-9][a-z0-9-]*)$/;

/** A command there is, for the help. */
export interface InstalledCommand {
  readonly name: string;
  readonly describe: string;
}

/** The packages whose `./command` a name means, in order. */
export function commandPackages(name: string): readonly string[] {
  return NAME.test(name) ? [`@sluice/plugin-${name}`, `sluice-plugin-${name}`] : [];
}

/** Looks a command up among the packages installed at `base` or beside the core; undefined where there is none. Rejects with `ERR_PLUGIN_LOAD` or `ERR_PLUGIN_INVALID`. */
export async function findCommand(name: string, base = resolve('.')): Promise<Command | undefined> {
  for (const packageName of commandPackages(name)) {
    const file = resolveModule(packageName, base, EXPORT);
    if (file !== undefined) return loadCommand(file, packageName);
  }
  return undefined;
}

async function loadCommand(file: string, packageName: string): Promise<Command> {
  let exported: unknown;
  try {
    exported = ((await import(pathToFileURL(file).href)) as { readonly default?: unknown }).default;
  } catch (error) {
    throw new SluiceError('ERR_PLUGIN_LOAD', `the command of ${packageName} could not be loaded from ${file}: ${messageOf(error)}`, { cause: error });
  }
  if (!isCommand(exported)) throw new SluiceError('ERR_PLUGIN_INVALID', `${packageName}/command exports no command as default: make it with defineCommand`);
  return exported;
}

/** Every command of the packages installed at `base` or beside the core, by name. One that cannot be loaded says so. */
export async function installedCommands(base = resolve('.')): Promise<readonly InstalledCommand[]> {
  return Promise.all(commandNames(base).map(async (name) => ({ name, describe: await describeOf(name, base) })));
}

/** Their names alone: nothing is loaded. */
export function commandNames(base = resolve('.')): readonly string[] {
  return [...new Set([...foldersAbove(base), ...foldersAbove(import.meta.dirname)].flatMap(commandsIn))].sort();
}

async function describeOf(name: string, base: string): Promise<string> {
  try {
    return (await findCommand(name, base))?.describe ?? '';
  } catch (error) {
    return `(cannot be loaded: ${messageOf(error)})`;
  }
}

function foldersAbove(start: string): string[] {
  const above = dirname(start);
  return above === start ? [start] : [start, ...foldersAbove(above)];
}

/** Names of the commands of the packages in a folder's `node_modules`. */
function commandsIn(folder: string): string[] {
  const modules = join(folder, 'node_modules');
  const packages = [
    ...namesIn(modules).filter((name) => name.startsWith('sluice-plugin-')),
    ...namesIn(join(modules, '@sluice')).map((name) => `@sluice/${name}`),
  ];
  return packages.flatMap((name) => {
    const command = PACKAGE.exec(name)?.[1];
    return command !== undefined && hasCommand(join(modules, name, 'package.json')) ? [command] : [];
  });
}

function namesIn(folder: string): string[] {
  try {
    return existsSync(folder) ? readdirSync(folder) : [];
  } catch {
    return [];
  }
}

function hasCommand(manifestFile: string): boolean {
  try {
    const { exports } = JSON.parse(readFileSync(manifestFile, 'utf8')) as { exports?: Readonly<Record<string, unknown>> };
    return typeof exports === 'object' && exports !== null && EXPORT in exports;
  } catch {
    return false;
  }
}
