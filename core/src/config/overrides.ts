import { ConfigError, type ConfigMistake } from './config-error.js';
import { nearest, suggestion } from './nearest.js';
import { dotted, type Path } from './path.js';
import { childNode, namedKeys, type SchemaNode } from './schema-tree.js';
import { parseYaml } from './yaml-text.js';

/** One value from the environment or the command line. */
export interface Override {
  readonly path: Path;
  readonly value: unknown;
  /** `env NAME` or `flag`. */
  readonly source: string;
  /** How a scalar below `path` was written. */
  literalOf(path: Path): string | undefined;
}

const PREFIX = 'SLUICE_';
/** Of our own tests and benchmarks. */
const TOOLS = /^SLUICE_(ARTIFACTS$|BENCH_)/;
/** What Kubernetes sets for a service whose name begins with `sluice`. */
const SERVICE_LINK = /_SERVICE_(HOST|PORT)(_[A-Z0-9_]+)?$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/;
const SERVICE_URL = /^(tcp|udp|sctp):\/\//;

function isOurs(name: string, text: string): boolean {
  return name.startsWith(PREFIX) && !TOOLS.test(name) && !SERVICE_LINK.test(name) && !SERVICE_URL.test(text);
}

/** Environment names of every key below `node`, to find the nearest right one. */
function environmentNames(prefix: string, node: SchemaNode | undefined, depth = 0): string[] {
  const keys = node === undefined || depth > 8 ? [] : namedKeys(node);
  if (node === undefined || keys.length === 0) return depth === 0 ? [] : [prefix];
  return keys.flatMap((key) => environmentNames(`${prefix}__${environmentName(key)}`, childNode(node, key), depth + 1));
}

/** A key as a part of an environment variable: `portRange` and `port-range` are `PORT_RANGE`. */
export function environmentName(key: string): string {
  return key
    .replaceAll('-', '_')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1_$2')
    .toUpperCase();
}

function camel(part: string): string {
  return part.toLowerCase().replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/**
 * The overrides in the environment: `SLUICE_SOME_PLUGIN__PORT_RANGE=1-9` sets `some-plugin.portRange`. Names that
 * begin with `SLUICE_` and mean nothing are mistakes, but for those that Kubernetes sets for services. Throws `ConfigError`.
 * @param removed plugins that were left out: what is set for them is ignored
 */
export function environmentOverrides(
  environment: Readonly<Record<string, string | undefined>>,
  top: ReadonlyMap<string, SchemaNode>,
  removed: readonly string[] = [],
): Override[] {
  const overrides: Override[] = [];
  const mistakes: ConfigMistake[] = [];
  for (const [name, text] of Object.entries(environment).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (text === undefined || !isOurs(name, text)) continue;
    const [first = '', ...rest] = name.slice(PREFIX.length).split('__');
    if (removed.some((plugin) => environmentName(plugin) === first)) continue;
    const source = `env ${name}`;
    if (rest.length === 0 || [first, ...rest].includes('')) {
      const names = [...top].flatMap(([key, node]) => environmentNames(`${PREFIX}${environmentName(key)}`, node));
      const near = nearest(name, names);
      mistakes.push({ source, key: '', message: `means no key of the config (PLUGIN__KEY); ${near === undefined ? 'unset it' : `did you mean '${near}'?`}` });
      continue;
    }
    const plugin = [...top.keys()].find((key) => environmentName(key) === first);
    if (plugin === undefined) {
      const given = first.toLowerCase().replaceAll('_', '-');
      mistakes.push({ source, key: given, message: `no plugin '${given}', ${suggestion(given, [...top.keys()])}` });
      continue;
    }
    const path: string[] = [plugin];
    let node = top.get(plugin);
    for (const part of rest) {
      const key: string = (node === undefined ? [] : namedKeys(node)).find((candidate) => environmentName(candidate) === part) ?? camel(part);
      node = node === undefined ? undefined : childNode(node, key);
      path.push(key);
    }
    overrides.push(override(path, text, source, source));
  }
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return overrides;
}

/** The overrides of `--set KEY.PATH=VALUE`. Throws `ConfigError`. */
export function flagOverrides(flags: readonly string[]): Override[] {
  return flags.map((flag) => {
    const equals = flag.indexOf('=');
    const path = (equals < 0 ? flag : flag.slice(0, equals)).trim().split('.');
    if (equals <= 0 || path.some((part) => part === '')) {
      throw new ConfigError([{ source: 'flag', key: `--set ${flag}`, message: 'expected KEY.PATH=VALUE' }]);
    }
    if (path.includes('__proto__')) throw new ConfigError([{ source: 'flag', key: dotted(path), message: "'__proto__' is no key" }]);
    return override(path, flag.slice(equals + 1), 'flag', 'flag');
  });
}

function override(path: Path, text: string, source: string, place: string): Override {
  const yaml = parseYaml(text, () => place, dotted(path));
  // An empty value is an empty text, not YAML's null: `--set api.key=` must be told from leaving it out.
  const value = text === '' ? '' : yaml.value;
  return { path, value, source, literalOf: yaml.literalOf };
}
