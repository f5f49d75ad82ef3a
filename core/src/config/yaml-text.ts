import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { ConfigError } from './config-error.js';
import { type Path, pathKey } from './path.js';

/** Parsed YAML (JSON is YAML), with what the text said of each place. */
export interface YamlText {
  readonly value: unknown;
  /** Line of a place, from 1; of its nearest ancestor that has one. */
  lineOf(path: Path): number;
  /** How a scalar was written. */
  literalOf(path: Path): string | undefined;
}

/** Places of one text: far more than any config has, and few enough to be looked at one by one. */
const MAX_PLACES = 1_000_000;
const MAX_DEPTH = 64;

/** Parses text. `source` names it in mistakes. Throws `ConfigError`. */
export function parseYaml(text: string, source: (line: number) => string, key = ''): YamlText {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, merge: true, prettyErrors: false });
  const lines = new Map<string, number>();
  const literals = new Map<string, string>();
  const lineAt = (offset: number | undefined): number => counter.linePos(offset ?? 0).line;
  if (document.errors.length > 0) {
    throw new ConfigError(document.errors.map((error) => ({ source: source(lineAt(error.pos[0])), key, message: `not valid YAML: ${error.message}` })));
  }
  const refuse = (line: number, path: Path, message: string) => new ConfigError([{ source: source(line), key: placeKey(key, path), message }]);
  // Before places are looked at, as it finds aliases that multiply.
  const value = toValue(document, source, key);
  const note = (given: unknown, path: Path, line: number, above: readonly unknown[]): void => {
    const node = isAlias(given) ? given.resolve(document) : given;
    if (above.includes(node)) throw refuse(line, path, 'an alias of what it stands in has no end');
    if (lines.size >= MAX_PLACES) throw refuse(line, path, `more than ${MAX_PLACES} values`);
    lines.set(pathKey(path), line);
    if (above.length > MAX_DEPTH) return;
    if (isMap(node)) {
      for (const pair of node.items) {
        const name = isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
        const keyLine = lineAt((pair.key as Node | null)?.range?.[0]);
        if (name === '__proto__') throw refuse(keyLine, [...path, name], "'__proto__' is no key");
        note(pair.value, [...path, name], keyLine, [...above, node]);
      }
    } else if (isSeq(node)) {
      node.items.forEach((item, index) => {
        note(item, [...path, index], lineAt((item as Node | null)?.range?.[0]), [...above, node]);
      });
    } else if (isScalar(node) && node.source !== undefined) literals.set(pathKey(path), node.source);
  };
  note(document.contents, [], 1, []);
  return {
    value,
    lineOf(path) {
      for (let length = path.length; length > 0; length--) {
        const line = lines.get(pathKey(path.slice(0, length)));
        if (line !== undefined) return line;
      }
      return 1;
    },
    literalOf: (path) => literals.get(pathKey(path)),
  };
}

function placeKey(key: string, path: Path): string {
  return [key, ...path].filter((part) => part !== '').join('.');
}

function toValue(document: ReturnType<typeof parseDocument>, source: (line: number) => string, key: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    // An alias that names nothing, or too many of them (a "billion laughs" file).
    throw new ConfigError([{ source: source(1), key, message: `not valid YAML: ${error instanceof Error ? error.message : String(error)}` }]);
  }
}
