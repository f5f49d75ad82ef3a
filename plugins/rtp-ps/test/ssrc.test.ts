import { parseAdvertised } from '../src/proto/advertised.js';
import { SourceLock } from '../src/proto/source-lock.js';
import { formatSsrc, parseSsrc } from '../src/proto/ssrc.js';
import { SsrcAllocator } from '../src/proto/ssrc-allocator.js';
import { type Origin, UnknownSsrcs } from '../src/proto/unknown-ssrcs.js';

const DOMAIN = '34020000002000000001';

describe('SSRC', () => {
  it('is ten digits in text, a number in RTP', () => {
    expect(parseSsrc('0060205514')).toBe(60205514);
    expect(formatSsrc(60205514)).toBe('0060205514');
    for (const bad of ['', '123', '01234567890', '4294967296', '02000000x1'])
      expect(() => parseSsrc(bad)).toThrow(expect.objectContaining({ code: 'ERR_RTP_SSRC' }));
  });

  it('is given from digits 4 to 8 of the domain, each once', () => {
    const ssrcs = new SsrcAllocator();
    expect(ssrcs.allocate(DOMAIN, 'live', 0)).toBe('0200000001');
    expect(ssrcs.allocate(DOMAIN, 'live', 0)).toBe('0200000002');
    expect(ssrcs.allocate(DOMAIN, 'history', 0)).toBe('1200000001');
    expect(ssrcs.allocate('13010000002000000001', 'live', 0)).toBe('0100000001');
  });

  it('rests after it was released, as long as there are others, and releasing twice does no harm', () => {
    const ssrcs = new SsrcAllocator();
    const seen = new Set<string>();
    for (let i = 0; i < 9999; i++) seen.add(ssrcs.allocate(DOMAIN, 'live', 0));
    for (const ssrc of ['0200000778', '0200000777']) ssrcs.release(ssrc, 1000);
    ssrcs.release('0200000777', 50_000);
    seen.add(ssrcs.allocate(DOMAIN, 'live', 2000));
    expect(seen.size).toBe(10_000);
    // All others are in use: the one that rests for longest, rather than none.
    expect(ssrcs.allocate(DOMAIN, 'live', 2000)).toBe('0200000778');
    expect(ssrcs.allocate(DOMAIN, 'live', 61_000)).toBe('0200000777');
    expect(ssrcs.held).toBe(10_000);
    expect(() => ssrcs.allocate(DOMAIN, 'live', 0)).toThrow(expect.objectContaining({ code: 'ERR_RTP_SSRC_EXHAUSTED', status: 503 }));
  });

  it('is never exhausted by calls that come to nothing', () => {
    const ssrcs = new SsrcAllocator();
    for (let i = 0; i < 25_000; i++) ssrcs.release(ssrcs.allocate(DOMAIN, 'live', i), i);
    expect(ssrcs.held).toBe(0);
  });

  it('leaves out what is received already', () => {
    expect(new SsrcAllocator().allocate(DOMAIN, 'live', 0, (ssrc) => ssrc === 200000001)).toBe('0200000002');
  });
});

describe('SourceLock', () => {
  const locked = (ssrc = 0): SourceLock => {
    const lock = new SourceLock(5000);
    for (let i = 0; i < 3; i++) lock.accept('a', 1, 0, ssrc);
    return lock;
  };

  it('keeps to an address after three packets, until it is silent', () => {
    const lock = new SourceLock(5000);
    expect(['a', 'b', 'a', 'a', 'a'].map((address) => lock.accept(address, 1, 0))).toEqual([true, true, true, true, true]);
    expect(lock.accept('b', 1, 4999)).toBe(false);
    expect(lock.accept('b', 1, 5000)).toBe(true);
    expect(lock.accept('a', 1, 5001)).toBe(true);
  });

  it('keeps to a port too: another one of the address is taken after half a second of silence', () => {
    const lock = locked();
    expect(lock.accept('a', 2, 499)).toBe(false);
    expect(lock.accept('a', 1, 499)).toBe(true);
    expect(lock.accept('a', 2, 998)).toBe(false);
    expect(lock.accept('a', 2, 999)).toBe(true);
  });

  it('takes another port of the address at once where the connection was closed, and no other address', () => {
    const lock = locked();
    lock.forgetPort();
    expect(lock.accept('b', 2, 10)).toBe(false);
    expect(lock.accept('a', 2, 10)).toBe(true);
    expect(lock.accept('a', 3, 11)).toBe(false);
  });

  it('keeps to an SSRC too, on a port of its own', () => {
    const lock = locked(7);
    expect(lock.accept('a', 1, 10, 8)).toBe(false);
    expect(lock.accept('a', 1, 10, 7)).toBe(true);
  });

  it('a new source is learnt when it was announced', () => {
    const lock = locked();
    lock.relearn();
    for (let i = 0; i < 3; i++) expect(lock.accept('b', 1, 1)).toBe(true);
    expect(lock.accept('a', 1, 2)).toBe(false);
  });
});

describe('UnknownSsrcs', () => {
  const origin = (address: string): Origin => ({ transport: 'udp', address, remote: `${address}:5000`, remotePort: 5000, port: 10_000 });

  it('tells of one a second, of each once a minute, with what came since', () => {
    const unknown = new UnknownSsrcs();
    expect(unknown.due(0)).toBeUndefined();
    unknown.count(1, 100, origin('a'), 1000);
    expect(unknown.due(0)).toMatchObject({ ssrc: 1, packets: 1, bytes: 100, firstAtMs: 1000, lastAtMs: 1000 });
    unknown.count(2, 10, origin('a'), 1100);
    unknown.count(1, 100, origin('a'), 1200);
    unknown.count(1, 100, origin('b'), 1300);
    expect(unknown.due(999)).toBeUndefined();
    expect(unknown.due(1000)).toMatchObject({ ssrc: 2 });
    expect(unknown.due(59_999)).toBeUndefined();
    expect(unknown.due(60_000)).toMatchObject({ ssrc: 1, origin: origin('b'), packets: 2, bytes: 200, firstAtMs: 1200, lastAtMs: 1300 });
    expect(unknown.due(120_000)).toBeUndefined();
    expect(unknown.packets).toBe(4);
  });

  it('keeps 256 however many come, and none is told of twice within a minute', () => {
    const unknown = new UnknownSsrcs();
    const told = new Map<number, number>();
    for (let n = 0; n < 200_000; n++) {
      unknown.count(n % 1000, 1, origin('a'), n);
      const entry = unknown.due(n);
      if (entry === undefined) continue;
      expect(n - (told.get(entry.ssrc) ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(60_000);
      told.set(entry.ssrc, n);
    }
    expect(unknown.size).toBeLessThanOrEqual(256);
    expect(told.size).toBeGreaterThan(50);
  });
});

it('what is advertised', () => {
  expect(parseAdvertised('media.example.org')).toEqual({ host: 'media.example.org' });
  expect(parseAdvertised('192.0.2.7:40000')).toEqual({ host: '192.0.2.7', port: 40_000 });
  expect(parseAdvertised('[2001:db8::1]:40000')).toEqual({ host: '2001:db8::1', port: 40_000 });
});
