import { parseClientUrl } from '../src/proto/client-url.js';
import { baseUrl, controlUrl } from '../src/proto/control-url.js';

describe('the URL of a stream elsewhere', () => {
  it('is taken apart', () => {
    expect(parseClientUrl('rtsp://user:p%40ss@cam.example:8554/live/a?channel=1&x=%20')).toEqual({
      host: 'cam.example',
      port: 8554,
      secure: false,
      url: 'rtsp://cam.example:8554/live/a?channel=1&x=%20',
      credentials: { username: 'user', password: 'p@ss' },
      path: 'live/a',
      query: { channel: '1', x: ' ' },
    });
  });

  it.each([
    ['rtsp://h', { host: 'h', port: 554, secure: false, url: 'rtsp://h/' }],
    ['RTSPS://h/a', { port: 322, secure: true, url: 'rtsps://h/a' }],
    ['rtsp://[::1]:8554/a', { host: '::1', port: 8554, url: 'rtsp://[::1]:8554/a' }],
    ['rtsp://h?x=1', { url: 'rtsp://h/?x=1', query: { x: '1' } }],
    ['rtsp://h/a#fragment', { url: 'rtsp://h/a' }],
    // Passwords as they are found: with @, with :, with a % that is no code, empty
    ['rtsp://u:p@s:s@h/a', { credentials: { username: 'u', password: 'p@s:s' } }],
    ['rtsp://u:100%@h/a', { credentials: { username: 'u', password: '100%' } }],
    ['rtsp://u@h/a', { credentials: { username: 'u', password: '' } }],
  ])('%s', (url, expected) => {
    expect(parseClientUrl(url)).toMatchObject(expected);
  });

  it('gets what its query lacks', () => {
    expect(parseClientUrl('rtsp://h/a?x=1', { x: '2', y: '3 4' }).url).toBe('rtsp://h/a?x=1&y=3+4');
    expect(parseClientUrl('rtsp://h/a', { y: '3' }).url).toBe('rtsp://h/a?y=3');
  });

  it.each(['', 'http://h/a', 'rtsp:/h/a', 'rtsp://', 'rtsp://:554/a', 'rtsp://h:0/a', 'rtsp://h:65536/a', 'rtsp://h:x/a', 'rtsp://h /a', 'rtsp://h/a\r\nX: y'])(
    'refuses %j',
    (url) => {
      expect(() => parseClientUrl(url)).toThrow(expect.objectContaining({ code: 'ERR_RTSP_URL', status: 400 }));
    },
  );

  it('tells no password where it is wrong', () => {
    expect(() => parseClientUrl('rtsp://user:secret@h:x/a')).toThrow(expect.not.objectContaining({ message: expect.stringContaining('secret') }));
  });
});

describe('controls', () => {
  it.each([
    ['rtsp://h/a', 'trackID=0', 'rtsp://h/a/trackID=0'],
    ['rtsp://h/a/', 'trackID=0', 'rtsp://h/a/trackID=0'],
    ['rtsp://h/a?x=1', 'trackID=0', 'rtsp://h/a?x=1/trackID=0'],
    ['rtsp://h/a/', '/trackID=0', 'rtsp://h/a/trackID=0'],
    ['rtsp://h/a', '?ctype=video', 'rtsp://h/a?ctype=video'],
    ['rtsp://h/a/', '*', 'rtsp://h/a/'],
    ['rtsp://h/a', '', 'rtsp://h/a'],
    ['rtsp://h/a', 'RTSP://other:8554/b?c=d', 'RTSP://other:8554/b?c=d'],
    ['rtsp://h/a', 'rtsp://user:secret@other/b', 'rtsp://other/b'],
  ])('%s and %s make %s', (base, control, url) => {
    expect(controlUrl(base, control)).toBe(url);
  });

  it.each([
    ['rtsp://h/base/', 'rtsp://h/location', 'rtsp://h/base/'],
    [undefined, ' rtsp://h/location ', 'rtsp://h/location'],
    ['', undefined, 'rtsp://h/asked'],
    ['/base/', 'http://h/x', 'rtsp://h/asked'],
    ['rtsp://u:p@h/base', undefined, 'rtsp://h/base'],
  ])('are relative to what %s and %s say', (contentBase, contentLocation, url) => {
    expect(baseUrl('rtsp://h/asked', contentBase, contentLocation)).toBe(url);
  });
});
