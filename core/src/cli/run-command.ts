import type { Argv } from 'yargs';
import { SluiceError } from '../error.js';
import type { Command, CommandArguments, CommandContext, CommandOption, CommandOptions } from './define-command.js';
import { EXIT } from './exit-code.js';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** How yargs writes the command: `camera`, `replay <file>`. */
export function usageOf(name: string, { positionals = [], builder }: Command): string {
  return [name, ...positionals.map((key) => (builder[key]?.required === true ? `<${key}>` : `[${key}]`))].join(' ');
}

/** Tells yargs of the command's arguments. */
export function declareOptions<T>(args: Argv<T>, { positionals = [], builder }: Command): Argv<T> {
  let declared = args;
  for (const [key, option] of Object.entries(builder)) {
    const { required, ...rest } = option;
    if (positionals.includes(key)) declared = declared.positional(key, rest) as Argv<T>;
    else declared = declared.option(key, { ...rest, ...(required === true ? { demandOption: true } : {}), ...single(option) }) as Argv<T>;
  }
  return declared;
}

// Without it yargs takes `--file a b` as two files.
function single({ type }: CommandOption): { readonly nargs?: number } {
  return type === 'boolean' ? {} : { nargs: 1 };
}

/** Runs a command with what yargs understood; SIGINT and SIGTERM ask it to end. The answer is its exit code. */
export async function runCommand(command: Command, given: Readonly<Record<string, unknown>>): Promise<number> {
  const ending = new AbortController();
  const onSignal = (): void => {
    if (ending.signal.aborted) process.exit(EXIT.failed);
    ending.abort();
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  const context: CommandContext = { signal: ending.signal, print: (text) => void process.stdout.write(text) };
  try {
    return (await command.run(argumentsOf(command, given), context)) ?? EXIT.ok;
  } finally {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  }
}

/** The declared arguments alone. Throws `ERR_CONFIG_ARGUMENT` for a number that is none and an option given twice. */
export function argumentsOf(command: Command, given: Readonly<Record<string, unknown>>): CommandArguments<CommandOptions> {
  const args: Record<string, string | number | boolean | undefined> = {};
  for (const [key, { type }] of Object.entries(command.builder)) {
    const value = given[key];
    if (Array.isArray(value)) throw new SluiceError('ERR_CONFIG_ARGUMENT', `${key} was given more than once`);
    if (type === 'number' && value !== undefined && !Number.isFinite(value)) throw new SluiceError('ERR_CONFIG_ARGUMENT', `${key} must be a number`);
    args[key] = value as string | number | boolean | undefined;
  }
  return args as CommandArguments<CommandOptions>;
}
