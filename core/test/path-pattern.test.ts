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
