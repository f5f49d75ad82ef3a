const PATTERN = /^[A-Za-z0-9_.~*-]+(\/[A-Za-z0-9_.~*-]+)*$/;
const WILDCARD = /(\*\*\/?|\*)/;

/** True for a pattern of stream paths: a path with `*` for any part of a name and `**` for any number of names. */
export function isPathPattern(text: string): boolean {
  return PATTERN.test(text);
}

/** Wildcards in a pattern: so many captures a match has. */
export function wildcardsOf(pattern: string): number {
  return pattern.split(WILDCARD).filter((piece) => piece.startsWith('*')).length;
}

/** Makes a pattern a check: what its wildcards stand for in a path, in their order, or `undefined` for a path that does not match. */
export function pathPattern(pattern: string): (path: string) => readonly string[] | undefined {
  const source = pattern
    .split(WILDCARD)
    .map((piece) => {
      if (piece === '*') return '([^/]*)';
      if (piece === '**') return '(.*)';
      if (piece === '**/') return '(?:(.*)/)?';
      return piece.replace(/[^A-Za-z0-9_/]/g, '\\$&');
    })
    .join('');
  const expression = new RegExp(`^${source}$`);
  return (path) =>
    expression
      .exec(path)
      ?.slice(1)
      .map((captured: string | undefined) => captured ?? '');
}
