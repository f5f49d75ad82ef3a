import { credentialsOf, plainPath, playUrl, streamUrls } from '../web/urls.js';

const base = new URL('https://cam.example/media/');
const rtmpAt = (port: number, secure: boolean) => ({ name: 'rtmp', plugin: 'rtmp', protocol: 'tcp', host: '0.0.0.0', port, secure }) as const;

describe('addresses on the page', () => {
  it('are relative to the folder of the page', () => {
    expect(playUrl(base, 'live/a b', 'http-flv', '')).toBe('https://cam.example/media/live/a%20b.flv');
    expect(playUrl(base, 'live/demo', 'ws-flv', '?token=x')).toBe('wss://cam.example/media/live/demo.flv?token=x');
  });

  it.each(['//evil.example/live/x', '\\\\evil.example\\x', ' /\\/evil.example/x/ ', 'http://evil.example/x', 'javascript:alert(1)'])(
    'stay on the host of the page: %s',
    (given) => {
      for (const { url } of streamUrls(base, plainPath(given), [rtmpAt(1935, false)], '')) expect(new URL(url).hostname).toBe('cam.example');
    },
  );

  it('take a path with slashes around it', () => {
    expect(plainPath(' /live/demo/ ')).toBe('live/demo');
  });

  it('pass on credentials and nothing else', () => {
    expect(credentialsOf('?stream=live/demo&token=a%26b&x=1')).toBe('?token=a%26b');
    expect(credentialsOf('?stream=live/demo')).toBe('');
  });

  it('list RTMP and RTSP where the server listens for them', () => {
    const labels = (addresses: Parameters<typeof streamUrls>[2]) => streamUrls(base, 'live/demo', addresses, '').map(({ url }) => url.split('/live')[0]);
    expect(labels([])).toEqual(['https://cam.example/media', 'wss://cam.example/media', 'https://cam.example/media']);
    expect(labels([rtmpAt(1936, true), rtmpAt(1935, false)])[3]).toBe('rtmp://cam.example:1935');
  });
});
