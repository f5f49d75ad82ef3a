import { z } from 'zod';
import { ConfigError } from '../src/config/config-error.js';
import { parseConfigFile } from '../src/config/config-file.js';
import { configSchema } from '../src/config/json-schema.js';
import { type ConfigSources, resolveConfig } from '../src/config/resolve-config.js';
import { definePlugin } from '../src/plugin/define-plugin.js';

const alpha = definePlugin({
  name: 'alpha',
  version: '1.0.0',
  config: z.object({
    port: z.number().int().min(0).max(65535).default(1000).describe('port'),
    id: z.string().default('x').describe('id'),
    mode: z.enum(['open', 'token']).default('open').describe('mode'),
    basePath: z.string().default('/').describe('base'),
    password: z.string().exactOptional().meta({ secret: true }).describe('password'),
    nested: z
      .object({ maxMergeMs: z.number().default(5).describe('window') })
      .prefault({})
      .describe('nested'),
    keys: z
      .array(z.object({ id: z.string(), key: z.string().meta({ secret: true }) }))
      .default([])
      .describe('keys'),
  }),
  setup() {},
});
const twoWords = definePlugin({
  name: 'two-words',
  version: '1.0.0',
  config: z.strictObject({ portRange: z.string().default('1-2').describe('range') }),
  setup() {},
});
const bare = definePlugin({ name: 'bare', version: '1.0.0', setup() {} });
const plugins = [alpha, twoWords, bare];

function resolve(sources: Partial<ConfigSources>) {
  return resolveConfig({ plugins, ...sources });
}

function mistakes(sources: Partial<ConfigSources>): string {
  try {
    resolve(sources);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  throw new Error('no mistake was found');
}

const file = (text: string) => parseConfigFile('sluice.yaml', text);

describe('precedence', () => {
  const layers = [{ source: 'preset inner', config: { alpha: { port: 1, id: 'preset' } } }];

  it('goes default, preset, file, environment, flag', () => {
    const sourceOf = (sources: Partial<ConfigSources>) => resolve(sources).entries.find(({ key }) => key === 'alpha.port');
    expect(sourceOf({})).toEqual({ key: 'alpha.port', value: 1000, source: 'default', secret: false });
    expect(sourceOf({ layers })).toMatchObject({ value: 1, source: 'preset inner' });
    const text = file('# first\nalpha:\n  port: 2\n');
    expect(sourceOf({ layers, file: text })).toMatchObject({ value: 2, source: 'file sluice.yaml:3' });
    const env = { SLUICE_ALPHA__PORT: '3', SLUICE_SERVICE_HOST: '10.0.0.1', SLUICE_ALPHA_PORT: 'tcp://10.0.0.1:1', HOME: '/root' };
    expect(sourceOf({ layers, file: text, env })).toMatchObject({ value: 3, source: 'env SLUICE_ALPHA__PORT' });
    expect(sourceOf({ layers, file: text, env, set: ['alpha.port=4'] })).toMatchObject({ value: 4, source: 'flag' });
  });

  it('keeps the other keys of a layer', () => {
    const { values, entries } = resolve({ layers, file: file('alpha: { port: 2 }') });
    expect(values.alpha).toMatchObject({ port: 2, id: 'preset', nested: { maxMergeMs: 5 } });
    expect(entries.find(({ key }) => key === 'alpha.nested.maxMergeMs')?.source).toBe('default');
    expect(entries.find(({ key }) => key === 'alpha.id')?.source).toBe('preset inner');
  });

  it('writes dashes and humps as underscores in the environment', () => {
    const env = {
      SLUICE_TWO_WORDS__PORT_RANGE: '5-6',
      SLUICE_ALPHA__BASE_PATH: '/a',
      SLUICE_ALPHA__NESTED__MAX_MERGE_MS: '7',
      SLUICE_ENGINE__LINGER_SECONDS: '1',
    };
    const { values } = resolve({ env });
    expect(values['two-words']).toEqual({ portRange: '5-6' });
    expect(values.alpha).toMatchObject({ basePath: '/a', nested: { maxMergeMs: 7 } });
    expect(values.engine).toMatchObject({ lingerSeconds: 1 });
  });

  it('takes YAML in flags, and indices of lists', () => {
    const set = ['alpha.keys=[{ id: a, key: b }]', 'alpha.keys.0.id=c'];
    expect(resolve({ set }).values.alpha).toMatchObject({ keys: [{ id: 'c', key: 'b' }] });
  });

  it('keeps long numbers as the text they were', () => {
    const id = '34020000002000000001';
    expect(resolve({ set: [`alpha.id=${id}`] }).values.alpha).toMatchObject({ id });
    expect(resolve({ file: file(`alpha:\n  id: ${id}\n`) }).values.alpha).toMatchObject({ id });
    expect(resolve({ env: { SLUICE_ALPHA__ID: '007' } }).values.alpha).toMatchObject({ id: '007' });
  });

  it('takes an empty section as no settings', () => {
    expect(resolve({ file: file('alpha:\nbare:\n') }).values.alpha).toMatchObject({ port: 1000 });
  });
});

describe('mistakes', () => {
  it('name line, key, expected and given', () => {
    expect(mistakes({ file: file('alpha:\n  port: abc\n') })).toBe('sluice.yaml:2: alpha.port: expected a number, given "abc"');
    expect(mistakes({ set: ['alpha.port=70000'] })).toBe('flag: alpha.port: expected at most 65535, given 70000');
    expect(mistakes({ env: { SLUICE_ALPHA__PORT: '-1' } })).toBe('env SLUICE_ALPHA__PORT: alpha.port: expected at least 0, given -1');
  });

  it('name the nearest key, also where the schema is not strict, and all of them at once', () => {
    const text = mistakes({ file: file('alpha:\n  prot: 1\n  nested:\n    maxMegreMs: 1\nalhpa: {}\n') });
    expect(text).toContain("sluice.yaml:2: alpha.prot: unknown key 'prot' of alpha, did you mean 'port'?");
    expect(text).toContain("sluice.yaml:4: alpha.nested.maxMegreMs: unknown key 'maxMegreMs' of alpha.nested, did you mean 'maxMergeMs'?");
  });

  it('name the nearest plugin', () => {
    expect(mistakes({ file: file('alhpa:\n  port: 1\n') })).toBe("sluice.yaml:2: alhpa: no plugin 'alhpa', did you mean 'alpha'?");
    expect(mistakes({ file: file('withot: [alpha]\n') })).toBe("sluice.yaml:1: withot: no plugin 'withot', did you mean 'without'?");
    expect(mistakes({ env: { SLUICE_ALPHAA__PORT: '1' } })).toContain("did you mean 'alpha'?");
    expect(mistakes({ env: { SLUICE_ALPHA_PORT: '1' } })).toBe(
      "env SLUICE_ALPHA_PORT: means no key of the config (PLUGIN__KEY); did you mean 'SLUICE_ALPHA__PORT'?",
    );
    expect(mistakes({ env: { SLUICE_FOO: '1' } })).toContain('env SLUICE_FOO: means no key');
    expect(mistakes({ set: ['bare.x=1'] })).toContain("unknown key 'x' of bare");
  });

  it('name the nearest value', () => {
    expect(mistakes({ set: ['alpha.mode=tokne'] })).toBe('flag: alpha.mode: expected one of "open", "token", given "tokne", did you mean \'token\'?');
  });

  it('never show a secret', () => {
    expect(mistakes({ set: ['alpha.password=[hunter2]'] })).not.toContain('hunter2');
    expect(mistakes({ set: ['alpha.keys={ id: a, key: hunter2 }'] })).not.toContain('hunter2');
    expect(mistakes({ set: ["alpha.port='rtsp://me:hunter2@cam/x?token=hunter3'"] })).not.toMatch(/hunter/);
  });

  it('tell broken YAML with its line', () => {
    expect(() => file('alpha:\n  port: [1\n')).toThrow(/sluice\.yaml:\d+: not valid YAML/);
    expect(() => file('- a\n')).toThrow(/expected a mapping/);
    expect(() => file('without: alpha\n')).toThrow(/without: expected a list/);
    expect(() => file('plugins: [{ name: x }]\n')).toThrow(/plugins\.0/);
    expect(() => file('plugins:\n  - use: x\n    cofnig: {}\n')).toThrow("sluice.yaml:3: plugins.0.cofnig: unknown key 'cofnig', did you mean 'config'?");
  });

  it('ignore the config of plugins that were left out', () => {
    expect(resolve({ file: file('gone: { port: 1 }'), env: { SLUICE_GONE__PORT: '1' }, removed: ['gone'] }).values.gone).toBeUndefined();
  });

  it('refuse keys that name the prototype', () => {
    expect(mistakes({ set: ['alpha.__proto__.polluted=1'] })).toBe("flag: alpha.__proto__.polluted: '__proto__' is no key");
    expect(() => file('alpha:\n  __proto__: { polluted: 1 }\n')).toThrow("sluice.yaml:2: alpha.__proto__: '__proto__' is no key");
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it('refuses aliases that have no end, or too many', () => {
    expect(() => file('alpha: &a [*a, *a]\n')).toThrow('alpha.0: an alias of what it stands in has no end');
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
    const laughs = names.map((name, n) => `${name}: &${name} [${new Array(9).fill(n === 0 ? 'x' : `*${names[n - 1]}`).join(', ')}]\n`).join('');
    expect(() => file(laughs)).toThrow('Excessive alias count');
  });
});

it('hides secrets in the entries, also in lists and URLs', () => {
  const { entries } = resolve({ set: ['alpha.password=hunter2', 'alpha.keys=[{ id: a, key: hunter3 }]', "alpha.id='rtsp://me:hunter4@cam/x?token=hunter5'"] });
  expect(JSON.stringify(entries)).not.toMatch(/hunter/);
  expect(entries.find(({ key }) => key === 'alpha.password')).toMatchObject({ value: '***', secret: true, source: 'flag' });
});

it('shows values as they are written, not as a schema transforms them', () => {
  const config = z.object({
    path: z
      .string()
      .default('/')
      .transform((path) => path.slice(1))
      .describe('path'),
    size: z.string().transform(Number).exactOptional(),
  });
  const shouting = definePlugin({ name: 'shouting', version: '1.0.0', config, setup() {} });
  const entries = (set: string[]) => resolveConfig({ plugins: [shouting], set }).entries.filter(({ key }) => key.startsWith('shouting.'));
  expect(entries([])).toEqual([{ key: 'shouting.path', value: '/', source: 'default', secret: false }]);
  expect(entries(['shouting.path=/a', "shouting.size='12'"]).map(({ value, source }) => [value, source])).toEqual([
    ['/a', 'flag'],
    ['12', 'flag'],
  ]);
});

it('exports a JSON Schema', () => {
  const schema = configSchema(plugins) as {
    properties: Record<string, { properties: Record<string, unknown>; additionalProperties: boolean }>;
    additionalProperties: boolean;
  };
  expect(Object.keys(schema.properties)).toEqual(['engine', 'alpha', 'two-words', 'bare', 'plugins', 'without']);
  expect(schema.additionalProperties).toBe(false);
  expect(schema.properties.alpha?.additionalProperties).toBe(false);
  expect(schema.properties.alpha?.properties.port).toMatchObject({ type: 'integer', default: 1000, description: 'port' });
});
