/** One option or positional argument of a command. */
export interface CommandOption {
  readonly type: 'string' | 'number' | 'boolean';
  readonly describe: string;
  /** Asked for where it is missing. */
  readonly required?: boolean;
  readonly default?: string | number | boolean;
  readonly choices?: readonly string[];
  /** One letter. */
  readonly alias?: string;
}

/** Options by name, as they are written: `server-id` is `--server-id`. */
export type CommandOptions = Readonly<Record<string, CommandOption>>;

type ValueOf<O extends CommandOption> = O extends { readonly choices: readonly (infer C extends string)[] }
  ? C
  : O['type'] extends 'number'
    ? number
    : O['type'] extends 'boolean'
      ? boolean
      : string;

/** What was given: options without a default that are not required may be missing. */
export type CommandArguments<B extends CommandOptions> = {
  readonly [K in keyof B]: B[K] extends { readonly required: true } | { readonly default: string | number | boolean }
    ? ValueOf<B[K]>
    : ValueOf<B[K]> | undefined;
};

/** What a running command is given beside its arguments. */
export interface CommandContext {
  /** Aborted by the first SIGINT or SIGTERM: end cleanly. A second signal ends the process at once. */
  readonly signal: AbortSignal;
  /** Writes to standard output. */
  print(text: string): void;
}

/** A command as `defineCommand` takes it. */
export interface CommandDefinition<B extends CommandOptions = CommandOptions> {
  /** One line for `--help`. */
  readonly describe: string;
  /** Names of `builder` that are given without `--`, in order. */
  readonly positionals?: readonly (keyof B & string)[];
  readonly builder: B;
  /** Does the work. The answer is the exit code (default 0); a `SluiceError` becomes one line and the code that fits. */
  run(args: CommandArguments<B>, context: CommandContext): Promise<number | undefined>;
}

/** A command of a package: the default export of its `./command`. */
export interface Command<B extends CommandOptions = CommandOptions> extends CommandDefinition<B> {
  /** Tells a command from any other object, across copies of the package. */
  readonly kind: 'sluice.command';
}

/** Declares a command: `sluice NAME` runs the one of `@sluice/plugin-NAME` or `sluice-plugin-NAME`. */
export function defineCommand<const B extends CommandOptions>(definition: CommandDefinition<B>): Command<B> {
  return { ...definition, kind: 'sluice.command' };
}

/** True for what `defineCommand` made, in this copy of the core or in another. */
export function isCommand(value: unknown): value is Command {
  return typeof value === 'object' && value !== null && (value as { readonly kind?: unknown }).kind === 'sluice.command';
}
