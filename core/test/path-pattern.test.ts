import { isPathPattern, pathPattern, wildcardsOf } from '../src/index.js';

describe('path patterns', () => {
  it.each([
    ['gb/1', 'gb/1', []],
    ['gb/*', 'gb/1', ['1']],
    ['gb/*', 'gb/1/2', undefined],
    ['gb/**', 'gb/1/2', ['1/2']],
    ['**', 'gb/1', ['gb/1']],
    ['**/cam', 'a/b/cam', ['a/b']],
    ['**/cam', 'cam', ['']],
    ['gb/34.0', 'gb/3400', undefined],
    ['gb/34*01', 'gb/34xx01', ['xx']],
    ['*/cam-*', 'live/cam-7', ['live', '7']],
  ])('%s, %s: %o', (pattern, path, captures) => {
    expect(pathPattern(pattern)(path)).toEqual(captures);
    if (captures !== undefined) expect(wildcardsOf(pattern)).toBe(captures.length);
  });

  it.each([
    ['live/**', true],
    ['*', true],
    ['/live', false],
    ['live/', false],
    ['live/a b', false],
    ['', false],
  ])('%s: %s', (text, good) => expect(isPathPattern(text)).toBe(good));
});

it('answers soon, however many wildcards there are', () => {
  const path = `${'a'.repeat(128)}/`.repeat(8).slice(0, -1);
  expect(pathPattern(`${'**a'.repeat(300)}b`)(path)).toBeUndefined();
  expect(pathPattern(`${'*'.repeat(1024)}b`)(path)).toBeUndefined();
  expect(pathPattern('**/'.repeat(300))(path)).toBeUndefined();
});

it('takes what a regular expression would take', () => {
  const expression = (pattern: string) =>
    new RegExp(`^${pattern.replace(/\*\*\/?|\*/g, (wildcard) => ({ '*': '([^/]*)', '**': '(.*)', '**/': '(?:(.*)/)?' })[wildcard] ?? '')}$`);
  const letters = ['a', 'b', '/', '*', '**', '**/'];
  for (let n = 0; n < 4000; n++) {
    const digits = [...String((n * 2654435761) % 2 ** 32).padStart(10, '0')].map(Number);
    const pattern = digits
      .slice(0, 5)
      .map((digit) => letters[digit % 6])
      .join('');
    const path = digits
      .slice(5)
      .map((digit) => letters[digit % 3])
      .join('');
    const expected = expression(pattern)
      .exec(path)
      ?.slice(1)
      .map((captured) => captured ?? '');
    expect([pattern, path, pathPattern(pattern)(path)]).toEqual([pattern, path, expected]);
  }
});
