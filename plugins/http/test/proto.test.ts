import fc from 'fast-check';
import { httpConfig } from '../src/config.js';
import { createTrustCheck, forwardedRemote } from '../src/proto/forwarded.js';
import { isDeeperThan } from '../src/proto/json-depth.js';
import { completePath, findStreamTarget, splitTarget } from '../src/proto/stream-target.js';

describe('findStreamTarget', () => {
  const flv = { suffix: 'flv', prefix: 'flv' };
  const short = { suffix: 'v', prefix: 'hls' };
  it.each([
    ['/live/a.flv', { route: flv, path: 'live/a' }],
    ['/live/a.b.flv', { route: flv, path: 'live/a.b' }],
    ['/live%2Fa.flv', { route: flv, path: 'live/a' }],
    ['/flv/a.flv', { route: flv, path: 'flv/a' }],
    ['/flv/live%2Fa/T', { route: flv, path: 'live/a', token: 'T' }],
    ['/flv/live/a/T%2F1', { route: flv, path: 'live/a', token: 'T/1' }],
    ['/hls/a/T', { route: short, path: 'a', token: 'T' }],
    ['/live/%252e.flv', { route: flv, invalid: true }],
    ['/%2e%2e/a.flv', { route: flv, invalid: true }],
    ['/live/%zz.flv', { route: flv, invalid: true }],
    ['/flv/a/%zz', { route: flv, invalid: true }],
    ['//a.flv', { route: flv, invalid: true }],
    ['/flv/a', undefined],
    ['/flv/a/', undefined],
    ['/live/a.mp4', undefined],
    ['/', undefined],
  ])('%s', (url, expected) => expect(findStreamTarget([flv, short], url)).toEqual(expected));
  it('never throws', () => fc.assert(fc.property(fc.string(), (text) => void findStreamTarget([flv], `/${text}.flv`))));
});

describe('completePath', () => {
  it('takes a last part for the whole where it is unique', () => {
    expect(completePath('a', ['live/a', 'live/b'])).toBe('live/a');
    expect(completePath('a', ['live/a', 'x/a'])).toBe('a');
    expect(completePath('a', ['live/a', 'a'])).toBe('a');
    expect(completePath('live/a', ['x/live/a'])).toBe('live/a');
  });
});

describe('splitTarget', () => {
  it('keeps the last of repeated names and does not pollute', () => {
    const { path, query } = splitTarget('/a?x=1&x=%41&__proto__=y&z');
    expect([path, query.x, query.z, Object.hasOwn(query, '__proto__')]).toEqual(['/a', 'A', '', true]);
    expect(({} as Record<string, unknown>).y).toBeUndefined();
  });
  it('bounds the number of names', () => {
    const many = Array.from({ length: 100 }, (_, i) => `n${i}=1`).join('&');
    expect(Object.keys(splitTarget(`/a?${many}`).query)).toHaveLength(64);
  });
});

describe('forwardedRemote', () => {
  const trust = createTrustCheck(['10.0.0.0/8', '::1', 'fd00::/8']);
  it.each([
    ['1.2.3.4:5', '9.9.9.9', '1.2.3.4:5'],
    ['10.0.0.1:5', undefined, '10.0.0.1:5'],
    ['10.0.0.1:5', '9.9.9.9', '9.9.9.9:0'],
    ['10.0.0.1:5', '127.0.0.1, 9.9.9.9:77', '9.9.9.9:77'],
    ['10.0.0.1:5', '9.9.9.9, 10.2.2.2', '9.9.9.9:0'],
    ['10.0.0.1:5', '9.9.9.9, nonsense, 10.2.2.2', '10.2.2.2:0'],
    ['[::1]:5', '[2001:db8::1]:9', '[2001:db8::1]:9'],
    ['[::1]:5', '2001:db8::1', '[2001:db8::1]:0'],
    ['[::ffff:10.0.0.1]:5', '9.9.9.9', '9.9.9.9:0'],
  ])('%s with %s is %s', (remote, header, expected) => expect(forwardedRemote(remote, header, trust)).toBe(expected));
  it('names a range that is none', () => expect(() => createTrustCheck(['10.0.0.0/99'])).toThrow("'10.0.0.0/99'"));
});

describe('isDeeperThan', () => {
  const deep = (text: string, limit: number) => isDeeperThan(Buffer.from(text), limit);
  it('counts brackets outside texts', () => {
    expect(deep('[[1]]', 2)).toBe(false);
    expect(deep('[[1]]', 1)).toBe(true);
    expect(deep('["[[[\\"[["]', 1)).toBe(false);
    expect(deep('[{},{},[]]', 2)).toBe(false);
  });
});

describe('httpConfig', () => {
  it('normalises the base path', () => {
    expect(['/', '', 'media', '/media/', '/a//b'].map((basePath) => httpConfig.parse({ basePath }).basePath)).toEqual(['', '', '/media', '/media', '/a/b']);
    expect(() => httpConfig.parse({ basePath: '/a b' })).toThrow();
    expect(() => httpConfig.parse({ prot: 1 })).toThrow('prot');
  });
});

describe('trustedProxies', () => {
  it.each(['10.0.0.0/8', '192.0.2.1', '::1', '2001:db8::/32'])('may be %s', (range) =>
    expect(httpConfig.parse({ trustedProxies: [range] }).trustedProxies).toEqual([range]),
  );
  it.each(['foo', '10.0.0.0/33', ''])('may not be "%s"', (range) => {
    expect(httpConfig.safeParse({ trustedProxies: [range] }).error?.issues).toMatchObject([{ path: ['trustedProxies', 0] }]);
  });
});
