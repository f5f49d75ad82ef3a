import { parseAdvertised } from '../src/proto/advertised.js';
import { SourceLock } from '../src/proto/source-lock.js';
import { formatSsrc, parseSsrc } from '../src/proto/ssrc.js';
import { SsrcAllocator } from '../src/proto/ssrc-allocator.js';
import { UnknownSsrcs } from '../src/proto/unknown-ssrcs.js';

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

  it('rests after it was released, and releasing twice does no harm', () => {
    const ssrcs = new SsrcAllocator();
    const seen = new Set<string>();
    for (let i = 0; i < 10_000; i++) seen.add(ssrcs.allocate(DOMAIN, 'live', 0));
    expect(seen.size).toBe(10_000);
    expect(() => ssrcs.allocate(DOMAIN, 'live', 0)).toThrow(expect.objectContaining({ code: 'ERR_RTP_SSRC_EXHAUSTED', status: 503 }));
    ssrcs.release('0200000777', 1000);
    ssrcs.release('0200000777', 50_000);
    expect(() => ssrcs.allocate(DOMAIN, 'live', 60_000)).toThrow();
    expect(ssrcs.allocate(DOMAIN, 'live', 61_000)).toBe('0200000777');
    expect(ssrcs.held).toBe(10_000);
  });

  it('leaves out what is received already', () => {
    expect(new SsrcAllocator().allocate(DOMAIN, 'live', 0, (ssrc) => ssrc === 200000001)).toBe('0200000002');
  });
});

describe('SourceLock', () => {
  it('keeps to an address after three packets, until it is silent', () => {
    const lock = new SourceLock(5000);
    expect(['a', 'b', 'a', 'a', 'a'].map((address) => lock.accept(address, 0))).toEqual([true, true, true, true, true]);
    expect(lock.accept('b', 4999)).toBe(false);
    expect(lock.accept('b', 5000)).toBe(true);
    expect(lock.accept('a', 5001)).toBe(true);
  });
});

describe('UnknownSsrcs', () => {
  it('tells of each at a limited rate, and keeps 256', () => {
    const unknown = new UnknownSsrcs();
    expect(unknown.count(1, 0)).toBe(1);
    expect(unknown.count(1, 10)).toBeUndefined();
    expect(unknown.count(2, 500)).toBeUndefined();
    expect(unknown.count(2, 1500)).toBe(2);
    expect(unknown.count(1, 60_000)).toBe(2);
    let told = 0;
    for (let ssrc = 0; ssrc < 100_000; ssrc++) if (unknown.count(ssrc, 61_000 + ssrc / 100) !== undefined) told++;
    expect(unknown.size).toBe(256);
    expect(told).toBeLessThanOrEqual(2);
  });
});

it('what is advertised', () => {
  expect(parseAdvertised('media.example.org')).toEqual({ host: 'media.example.org' });
  expect(parseAdvertised('192.0.2.7:40000')).toEqual({ host: '192.0.2.7', port: 40_000 });
  expect(parseAdvertised('[2001:db8::1]:40000')).toEqual({ host: '2001:db8::1', port: 40_000 });
});
