/** A pattern of stream paths: `*` stands for any part of a name, `**` for any number of names. */
export function pathPattern(pattern: string): (path: string) => boolean {
  const source = pattern
    .split(/(\*\*\/?|\*)/)
    .map((piece) => {
      if (piece === '*') return '[^/]*';
      if (piece === '**') return '.*';
      if (piece === '**/') return '(?:.*/)?';
      return piece.replace(/[^A-Za-z0-9_/]/g, '\\$&');
    })
    .join('');
  const expression = new RegExp(`^${source}$`);
  return (path) => expression.test(path);
}
