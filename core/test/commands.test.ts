import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
// biome-ignore lint/style/noRestrictedImports: the command line itself is tested
import yargs from 'yargs';
import { type Command, defineCommand, isCommand } from '../src/cli/define-command.js';
import { commandPackages, findCommand, installedCommands } from '../src/cli/find-command.js';
import { argumentsOf, declareOptions, runCommand, usageOf } from '../src/cli/run-command.js';

/** A command as the command line has it: loaded, its options not known to the compiler. */
function loaded(command: unknown): Command {
  if (!isCommand(command)) throw new Error('no command');
  return command;
}

const greeting = defineCommand({
  describe: 'Greets',
  positionals: ['name'],
  builder: {
    name: { type: 'string', describe: 'whom', required: true },
    'how-often': { type: 'number', describe: 'times', default: 1 },
    loud: { type: 'boolean', describe: 'in capitals' },
    tone: { type: 'string', describe: 'tone', choices: ['kind', 'rude'] },
  },
  async run({ name, loud, 'how-often': count }, { print }) {
    print(`${(loud === true ? name.toUpperCase() : name).repeat(count)}\n`);
    return name === 'nobody' ? 4 : undefined;
  },
});
const greet = loaded(greeting);

describe('commands of packages', () => {
  let folder = '';
  const addPackage = (name: string, exports: Record<string, unknown>, source: string): void => {
    const place = join(folder, 'node_modules', name);
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, 'package.json'), JSON.stringify({ name, type: 'module', exports }));
    writeFileSync(join(place, 'command.js'), source);
  };
  const command = (describe: string) => `export default { kind: 'sluice.command', describe: '${describe}', builder: {}, run: async () => 0 };`;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-'));
    addPackage('sluice-plugin-one', { './command': './command.js' }, command('theirs'));
    addPackage('@sluice/plugin-one', { './command': { import: './command.js' } }, command('ours'));
    addPackage('sluice-plugin-two', { './command': { default: './command.js' } }, command('second'));
    addPackage('sluice-plugin-none', { '.': './command.js' }, command('no command'));
    addPackage('sluice-plugin-wrong', { './command': './command.js' }, 'export default {};');
    addPackage('sluice-plugin-broken', { './command': './command.js' }, 'throw new Error("oh");');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('are looked for under our name, then under that of others', async () => {
    expect(commandPackages('one')).toEqual(['@sluice/plugin-one', 'sluice-plugin-one']);
    expect(await findCommand('one', folder)).toMatchObject({ describe: 'ours' });
    expect(await findCommand('two', folder)).toMatchObject({ describe: 'second' });
  });

  it('are not found where a package is missing, has none, or the name is a path', async () => {
    for (const name of ['none', 'nothing-like-it', '../one', './one', 'One', '@sluice/plugin-one', '']) expect(await findCommand(name, folder)).toBeUndefined();
  });

  it('say what is wrong with them', async () => {
    await expect(findCommand('wrong', folder)).rejects.toMatchObject({ code: 'ERR_PLUGIN_INVALID', message: expect.stringContaining('sluice-plugin-wrong') });
    await expect(findCommand('broken', folder)).rejects.toMatchObject({ code: 'ERR_PLUGIN_LOAD', message: expect.stringContaining('oh') });
  });

  it('are listed with what they do', async () => {
    const listed = await installedCommands(join(folder));
    expect(listed.filter(({ name }) => ['one', 'two', 'none', 'wrong', 'broken'].includes(name))).toEqual([
      { name: 'broken', describe: expect.stringContaining('cannot be loaded') },
      { name: 'one', describe: 'ours' },
      { name: 'two', describe: 'second' },
      { name: 'wrong', describe: expect.stringContaining('cannot be loaded') },
    ]);
  });
});

describe('arguments of a command', () => {
  const given = async (line: string): Promise<Record<string, unknown>> => {
    let seen: Record<string, unknown> = {};
    await yargs(line.split(' '))
      .strict()
      .exitProcess(false)
      .parserConfiguration({ 'dot-notation': false, 'camel-case-expansion': false })
      .command(
        usageOf('greet', greet),
        '',
        (args) => declareOptions(args, greet),
        (args) => {
          seen = args;
        },
      )
      .fail((message, error) => {
        throw error ?? new Error(message);
      })
      .parseAsync();
    return seen;
  };

  it('are told to yargs and given typed', async () => {
    expect(usageOf('greet', greet)).toBe('greet <name>');
    expect(argumentsOf(greet, await given('greet Ann --how-often 2 --loud'))).toEqual({ name: 'Ann', 'how-often': 2, loud: true, tone: undefined });
    expect(argumentsOf(greet, await given('greet Ann'))).toEqual({ name: 'Ann', 'how-often': 1, loud: undefined, tone: undefined });
  });

  it('are refused where they are wrong', async () => {
    await expect(given('greet')).rejects.toThrow(/Not enough/);
    await expect(given('greet Ann --lout')).rejects.toThrow(/lout/);
    await expect(given('greet Ann --tone odd')).rejects.toThrow(/odd/);
    expect(() => argumentsOf(greet, { name: 'Ann', 'how-often': Number.NaN })).toThrow(/how-often must be a number/);
    expect(() => argumentsOf(greet, { name: ['Ann', 'Bob'] })).toThrow(/more than once/);
  });
});

it('runs a command, asks it to end at a signal, and takes its exit code', async () => {
  const before = process.listenerCount('SIGTERM');
  const waiting = defineCommand({
    describe: 'Waits',
    builder: {},
    run: (_args, { signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(7))),
  });
  const running = runCommand(waiting, {});
  expect(process.listenerCount('SIGTERM')).toBe(before + 1);
  process.emit('SIGTERM');
  expect(await running).toBe(7);
  expect(process.listenerCount('SIGTERM')).toBe(before);
  expect(isCommand(waiting) && !isCommand({}) && !isCommand(undefined)).toBe(true);
});
