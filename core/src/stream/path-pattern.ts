const PATTERN = /^[A-Za-z0-9_.~*-]+(\/[A-Za-z0-9_.~*-]+)*$/;
const WILDCARD = /(\*\*\/?|\*)/;

const MAX_CHARACTERS = 1024;

/** True for a pattern of stream paths: a path with `*` for any part of a name and `**` for any number of names, of 1024 characters at most. */
export function isPathPattern(text: string): boolean {
  return text.length <= MAX_CHARACTERS && PATTERN.test(text);
}

/** Wildcards in a pattern: so many captures a match has. */
export function wildcardsOf(pattern: string): number {
  return piecesOf(pattern).filter(isWildcard).length;
}

/**
 * Makes a pattern a check: what its wildcards stand for in a path, in their order, or `undefined` for a path that does not match. Of several ways the
 * first wildcard takes as much as it can, then the second.
 */
export function pathPattern(pattern: string): (path: string) => readonly string[] | undefined {
  const pieces = piecesOf(pattern);
  return (path) => match(pieces, path);
}

function piecesOf(pattern: string): string[] {
  return pattern.split(WILDCARD).filter((piece) => piece !== '');
}

function isWildcard(piece: string): boolean {
  return piece.startsWith('*');
}

/** No regular expression: one of many wildcards would try all ways to share out a path, which can take longer than anybody waits. */
function match(pieces: readonly string[], path: string): readonly string[] | undefined {
  const matches = matchesFrom(pieces, path);
  if (matches[0]?.[0] !== 1) return undefined;
  const captures: string[] = [];
  let at = 0;
  pieces.forEach((piece, index) => {
    const from = at;
    at = isWildcard(piece) ? longest(piece, path, at, matches[index + 1] as Uint8Array) : at + piece.length;
    if (isWildcard(piece)) captures.push(path.slice(from, piece === '**/' && at > from ? at - 1 : at));
  });
  return captures;
}

/** For each piece, 1 at the places of the path from which it and all behind it match what is left. */
function matchesFrom(pieces: readonly string[], path: string): readonly Uint8Array[] {
  let next = new Uint8Array(path.length + 1);
  next[path.length] = 1;
  const rows = [next];
  for (const piece of pieces.toReversed()) {
    const row = new Uint8Array(path.length + 1);
    // Whether the wildcard may go on beyond this place.
    let goesOn = false;
    for (let at = path.length; at >= 0; at--) {
      if (!isWildcard(piece)) {
        row[at] = path.startsWith(piece, at) ? (next[at + piece.length] as number) : 0;
        continue;
      }
      const isSlash = path[at] === '/';
      if (piece === '**/') goesOn ||= isSlash && next[at + 1] === 1;
      else goesOn = (piece === '**' || !isSlash) && row[at + 1] === 1;
      row[at] = goesOn || next[at] === 1 ? 1 : 0;
    }
    rows.unshift(row);
    next = row;
  }
  return rows;
}

/** The last place that a wildcard can end at so that the rest still matches. */
function longest(piece: string, path: string, from: number, next: Uint8Array): number {
  let found = from;
  for (let at = from; at <= path.length; at++) {
    if (next[at] === 1 && (piece !== '**/' || at === from || path[at - 1] === '/')) found = at;
    if (piece === '*' && path[at] === '/') break;
  }
  return found;
}
