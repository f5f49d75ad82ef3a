import { SluiceError } from '../error.js';

/** One mistake in a config. */
export interface ConfigMistake {
  /** Where the value came from: `file PATH:LINE`, `env NAME`, `flag`, `preset NAME`, `embedder`; none where a value is missing. */
  readonly source: string | undefined;
  /** Dotted path of the key. */
  readonly key: string;
  readonly message: string;
}

function line({ source, key, message }: ConfigMistake): string {
  const place = source?.replace(/^file /, '');
  return [place, key, message].filter((part) => part !== undefined && part !== '').join(': ');
}

/** `ERR_CONFIG`: every mistake of a configuration, a line each. */
export class ConfigError extends SluiceError {
  readonly mistakes: readonly ConfigMistake[];

  constructor(mistakes: readonly ConfigMistake[]) {
    super('ERR_CONFIG', mistakes.map(line).join('\n'), { status: 400 });
    this.name = 'ConfigError';
    this.mistakes = mistakes;
  }
}
