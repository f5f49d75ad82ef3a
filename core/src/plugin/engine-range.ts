/** True where `version` is in a caret range such as `^1.0.0`, or `*`. Other forms are taken as exact versions. */
export function satisfies(version: string, range: string): boolean {
  if (range === '*') return true;
  const caret = range.startsWith('^');
  const wanted = numbers(caret ? range.slice(1) : range);
  const actual = numbers(version);
  if (!caret) return actual.every((part, i) => part === wanted[i]);
  if (actual[0] !== wanted[0]) return false;
  // Below 1.0.0 the minor number is what may break (SemVer 2.0.0, 4).
  if (actual[0] === 0 && actual[1] !== wanted[1]) return false;
  return compare(actual, wanted) >= 0;
}

function numbers(version: string): [number, number, number] {
  const [major = 0, minor = 0, patch = 0] = version.split(/[.+-]/).slice(0, 3).map(Number);
  return [major, minor, patch];
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < 3; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
