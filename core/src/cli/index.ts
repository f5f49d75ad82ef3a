import { readFileSync } from 'node:fs';
import yargs, { type Argv } from 'yargs';
import { nearest } from '../config/nearest.js';
import { messageOf, SluiceError } from '../error.js';
import type { Preset } from '../preset/define-preset.js';
import { createPlugin, PLUGIN_SHAPES } from './create-plugin.js';
import type { Command } from './define-command.js';
import { EXIT, exitCodeOf } from './exit-code.js';
import { commandNames, commandPackages, findCommand, installedCommands } from './find-command.js';
import { type CommonArguments, type Prepared, prepare } from './prepare.js';
import { declareOptions, runCommand, usageOf } from './run-command.js';
import { configText, createdText, pluginsText, schemaText } from './show.js';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };

/** What the core does itself; everything else is a package's. */
const OWN_COMMANDS: ReadonlySet<string> = new Set(['start', 'config', 'schema', 'plugins', 'create-plugin']);

// `npm create` takes options for its own that stand before `--`, and hands on the rest.
const SHAPE_WANTED = `add one of ${PLUGIN_SHAPES.map((shape) => `--shape ${shape}`).join(', ')}; behind npm create it follows a --: npm create sluice-plugin NAME -- --shape ${PLUGIN_SHAPES[0]}`;

function commonOptions<T>(args: Argv<T>) {
  return args
    .option('config', { alias: 'c', type: 'string', nargs: 1, describe: 'Config file, YAML or JSON; ./sluice.yaml where there is one' })
    .option('set', { type: 'string', array: true, nargs: 1, describe: 'KEY.PATH=VALUE, any key of the config; the value is YAML' })
    .option('data', { type: 'string', nargs: 1, describe: 'Data folder (engine.data)' });
}

function createOptions<T>(args: Argv<T>) {
  return args
    .positional('name', { type: 'string', describe: 'Lower-case words joined by -, such as http-ts' })
    .option('shape', {
      choices: PLUGIN_SHAPES,
      demandOption: SHAPE_WANTED,
      nargs: 1,
      describe: 'Begins as: report hears events, protocol carries streams, codec describes one',
    })
    .option('core', { type: 'string', nargs: 1, describe: 'Tarball of @sluice/core to try it with, or a range of versions; this one by default' })
    .example('$0 create-plugin http-ts --shape protocol', 'a package sluice-plugin-http-ts in ./http-ts')
    .example('npm create sluice-plugin http-ts -- --shape protocol', 'the same, with nothing installed');
}

function base(argv: readonly string[], name: string): Argv {
  return yargs([...argv])
    .scriptName(name)
    .version(version)
    .help()
    .strict()
    .exitProcess(false)
    .parserConfiguration({ 'dot-notation': false, 'camel-case-expansion': false })
    .wrap(null);
}

// yargs prints its help over errors that leave a handler, so none does.
async function attempt(run: () => Promise<number>): Promise<number> {
  try {
    return await run();
  } catch (error) {
    process.stderr.write(`sluice: ${messageOf(error)}\n`);
    return exitCodeOf(error);
  }
}

async function start(prepared: Prepared): Promise<number> {
  // Loaded late: the other commands need no engine.
  const { runUntilSignal } = await import('./start.js');
  return runUntilSignal(prepared);
}

/** False where the arguments were not understood; no handler has run then. */
async function parse(args: Argv): Promise<boolean> {
  try {
    // Without throwing, yargs would go on to the handler.
    const refuse = (message: string | null, error?: Error): never => {
      throw error ?? new Error(message ?? 'not understood');
    };
    await args.fail(refuse).parseAsync();
    return true;
  } catch (error) {
    process.stderr.write(`sluice: ${messageOf(error)}\nTry --help.\n`);
    return false;
  }
}

// A pipe that was closed (`| head`) is no reason to die with a stack.
function end(code: number, running: boolean): void {
  process.exitCode = code;
  if (running) process.exit(code);
}

/** The command line `sluice`. Sets the exit code: 2 for a mistake in config or arguments, 3 for a port in use. */
export async function main(argv: readonly string[] = process.argv.slice(2)): Promise<void> {
  process.stdout.on('error', () => {});
  const [name = ''] = argv;
  if (OWN_COMMANDS.has(name) || name.startsWith('-') || name === '') return ownCommands(argv);
  const code = await attempt(async () => {
    const command = await findCommand(name);
    if (command === undefined) throw unknownCommand(name);
    return runPackageCommand(name, command, argv);
  });
  end(code, true);
}

function unknownCommand(name: string): SluiceError {
  const tried = commandPackages(name).map((packageName) => `${packageName}/command`);
  const near = nearest(name, [...OWN_COMMANDS, ...commandNames()]);
  const meant = near === undefined ? '.' : `; did you mean '${near}'?`;
  return new SluiceError('ERR_CONFIG_COMMAND', `no command '${name}'${tried.length === 0 ? '' : `; looked for ${tried.join(' and ')}`}${meant} Try --help.`);
}

async function ownCommands(argv: readonly string[]): Promise<void> {
  let code: number = EXIT.ok;
  let running = false;
  const show = (text: (prepared: Prepared) => string) => async (args: CommonArguments & { preset?: string | undefined }) => {
    code = await attempt(async () => {
      process.stdout.write(text(await prepare(args.preset ?? '', args)));
      return EXIT.ok;
    });
  };
  const preset = <T>(args: Argv<T>) => commonOptions(args).positional('preset', { type: 'string', describe: 'Name, module or path of a preset' });
  const args = base(argv, 'sluice')
    .command('start <preset>', 'Runs a preset in the foreground', preset, async (given) => {
      running = true;
      code = await attempt(async () => start(await prepare(given.preset ?? '', given)));
    })
    .command(
      'config <preset>',
      'Shows the effective config',
      (given) =>
        preset(given)
          .option('explain', { type: 'boolean', describe: 'A line per value, with its source' })
          .option('json', { type: 'boolean', describe: 'As JSON, with sources' }),
      async (given) => show((prepared) => configText(prepared, given))(given),
    )
    .command('schema <preset>', 'Prints the JSON Schema of the config', preset, show(schemaText))
    .command('plugins <preset>', 'Lists the plugins that would be loaded', preset, show(pluginsText))
    .command('create-plugin <name>', 'Writes a new plugin package to ./NAME', createOptions, async ({ name = '', shape, core }) => {
      code = await attempt(async () => {
        process.stdout.write(createdText(createPlugin({ name, shape, core })));
        return EXIT.ok;
      });
    })
    .demandCommand(1, 'a command is missing');
  // Only help shows them: they were looked for before.
  if (!OWN_COMMANDS.has(argv[0] ?? '')) for (const { name, describe } of await installedCommands()) args.command(name, describe);
  const understood = await parse(args);
  end(understood ? code : EXIT.config, running);
}

/** `sluice NAME …` of a package; the answer is its exit code. */
async function runPackageCommand(name: string, command: Command, argv: readonly string[]): Promise<number> {
  let code: number = EXIT.ok;
  const args = base(argv, 'sluice').command(
    usageOf(name, command),
    command.describe,
    (given) => declareOptions(given, command),
    async (given) => {
      code = await attempt(() => runCommand(command, given));
    },
  );
  return (await parse(args)) ? code : EXIT.config;
}

/** The command line of one preset: what `sluice start PRESET` takes. */
export async function startPreset(preset: Preset, argv: readonly string[] = process.argv.slice(2)): Promise<void> {
  process.stdout.on('error', () => {});
  let code: number = EXIT.ok;
  let running = false;
  const args = base(argv, preset.name).command('$0', `Runs ${preset.name} in the foreground`, commonOptions, async (given) => {
    running = true;
    code = await attempt(async () => start(await prepare(preset, given)));
  });
  const understood = await parse(args);
  end(understood ? code : EXIT.config, running);
}
