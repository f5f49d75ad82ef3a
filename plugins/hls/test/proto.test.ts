import { readCookie, serializeCookie } from '../src/proto/cookie.js';
import { mediaUrlMaker, parseMediaPath } from '../src/proto/media-url.js';
import { type PlaylistSegment, serializePlaylist } from '../src/proto/playlist.js';

const segment = (sequence: number, change: Partial<PlaylistSegment> = {}): PlaylistSegment => ({
  ...{
    sequence,
    file: `${sequence}.ts`,
    durationMs: 2000,
    discontinuity: false,
    discontinuitiesBefore: 0,
    startedAtMs: Date.UTC(2026, 0, 1) + sequence * 2000,
  },
  ...change,
});

describe('a playlist', () => {
  it('is what RFC 8216 says', () => {
    const segments = [
      segment(7, { discontinuitiesBefore: 2 }),
      segment(8, { durationMs: 1234.5678, discontinuity: true, discontinuitiesBefore: 2 }),
      segment(9, { discontinuitiesBefore: 3 }),
    ];
    expect(serializePlaylist({ targetSeconds: 3, segments, ended: true }, (file) => `x/${file}`)).toBe(
      [
        '#EXTM3U',
        '#EXT-X-VERSION:3',
        '#EXT-X-TARGETDURATION:3',
        '#EXT-X-MEDIA-SEQUENCE:7',
        '#EXT-X-DISCONTINUITY-SEQUENCE:2',
        '#EXT-X-INDEPENDENT-SEGMENTS',
        '#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:14.000Z',
        '#EXTINF:2.000000,',
        'x/7.ts',
        '#EXT-X-DISCONTINUITY',
        '#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:16.000Z',
        '#EXTINF:1.234568,',
        'x/8.ts',
        '#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:18.000Z',
        '#EXTINF:2.000000,',
        'x/9.ts',
        '#EXT-X-ENDLIST',
        '',
      ].join('\n'),
    );
  });

  it('names an initialisation segment once for those that need it', () => {
    const segments = [segment(0), segment(1, { map: 'init-0.m4s', discontinuity: true }), segment(2, { map: 'init-0.m4s' }), segment(3, { map: 'init-1.m4s' })];
    const lines = serializePlaylist({ targetSeconds: 2, segments, ended: false }, (file) => file).split('\n');
    expect(lines.filter((line) => line.startsWith('#EXT-X-MAP'))).toEqual(['#EXT-X-MAP:URI="init-0.m4s"', '#EXT-X-MAP:URI="init-1.m4s"']);
    expect(lines).toContain('#EXT-X-VERSION:6');
  });
});

describe('addresses of segments', () => {
  it.each([
    ['/live/a.m3u8', ''],
    ['/a.m3u8', ''],
    ['/hls/live%2Fa/token', ''],
    ['/hls/live/a/token', ''],
    ['/media/live/a.m3u8', '/media'],
  ])('from %s below "%s" lead to the same place', (path, basePath) => {
    const relative = mediaUrlMaker(path, basePath, 'KEY', 'SESSION')('3.ts');
    const url = new URL(relative, `http://host${path}`);
    expect(url.pathname + url.search).toBe(`${basePath}/hls/KEY/3.ts?session=SESSION`);
    const stream = url.pathname.slice(basePath.length + 1, -3);
    expect(parseMediaPath(stream, 'ts')).toEqual({ key: 'KEY', file: '3.ts' });
  });

  it.each(['live/a', 'hls/a', 'hls/a/b/c', 'hlsx/a/b'])('%s is none', (path) => {
    expect(parseMediaPath(path, 'ts')).toBeUndefined();
  });
});

describe('cookies', () => {
  it('are read back among others', () => {
    const [pair] = serializeCookie('sluice-hls-1', 'a_b-c', '/x/', 60).split(';');
    expect(readCookie(`other=1; ${pair} ; sluice-hls-12=d`, 'sluice-hls-1')).toBe('a_b-c');
    expect(readCookie('sluice-hls-12=d; x', 'sluice-hls-1')).toBeUndefined();
    expect(readCookie(undefined, 'x')).toBeUndefined();
  });
});
