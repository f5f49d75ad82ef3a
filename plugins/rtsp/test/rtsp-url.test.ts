import { parseRtspUrl } from '../src/proto/rtsp-url.js';
import { findControl, parsePlayControl } from '../src/proto/stream-control.js';

describe('parseRtspUrl', () => {
  it.each([
    ['rtsp://h:8554/live/a', 'live/a', {}],
    ['rtsps://user:p%40@[::1]:8322/live/a/', 'live/a', {}],
    ['/live/a?x=1&y=%20z', 'live/a', { x: '1', y: ' z' }],
    ['rtsp://h/live/a?mediaServerIp=1.2.3.4&codeType=H264&x', 'live/a', { mediaServerIp: '1.2.3.4', codeType: 'H264', x: '' }],
    ['rtsp://h', '', {}],
    // Paths stay as they are: what is no stream path is refused by the engine.
    ['rtsp://h/live/../a', 'live/../a', {}],
    ['rtsp://h/live/%2e%2e/a', 'live/../a', {}],
  ])('reads %s', (text, path, query) => {
    expect(parseRtspUrl(text)).toMatchObject({ path, query });
  });

  it.each(['http://h/live/a', 'live/a', 'rtsp://h/%ff', `rtsp://h/${'a'.repeat(3000)}`])('refuses %s', (text) => {
    expect(() => parseRtspUrl(text)).toThrow(expect.objectContaining({ code: 'ERR_RTSP_URL', status: 400 }));
  });

  it('takes the query for no object', () => {
    expect(parseRtspUrl('rtsp://h/a?__proto__=1&constructor=2').query).toEqual(
      Object.fromEntries([
        ['__proto__', '1'],
        ['constructor', '2'],
      ]),
    );
  });
});

describe('parsePlayControl', () => {
  it.each([
    ['rtsp://h/live/a/trackID=1', 'live/a', 1, {}],
    ['rtsp://h/live/a/trackID=1/', 'live/a', 1, {}],
    ['rtsp://h/live/a?token=x/trackID=0', 'live/a', 0, { token: 'x' }],
    ['rtsp://h/live/a/trackID=0?token=x', 'live/a', 0, { token: 'x' }],
    ['rtsp://h/live/a', 'live/a', undefined, {}],
  ])('reads %s', (uri, path, trackId, query) => {
    expect(parsePlayControl(uri)).toMatchObject({ path, trackId, query });
  });
});

describe('findControl', () => {
  const base = 'rtsp://h/live/a';

  it.each([
    ['rtsp://h/live/a/streamid=1', ['streamid=0', 'streamid=1'], 1],
    ['rtsp://h/live/a/streamid=1?x=1', ['streamid=0', 'streamid=1'], 1],
    ['rtsp://h/live/a?x=1/streamid=0', ['streamid=0', 'streamid=1'], 0],
    ['rtsp://other:99/live/a/stream=1', ['rtsp://h/live/a/stream=0', 'rtsp://h/live/a/stream=1'], 1],
    ['rtsp://h/live/a/11', ['1', '11'], 1],
    ['rtsp://h/live/a', [''], 0],
    ['rtsp://h/live/a/', ['*'], 0],
    ['rtsp://h/live/a', ['streamid=0', 'streamid=1'], undefined],
    ['rtsp://h/live/a/streamid=7', ['streamid=0', 'streamid=1'], undefined],
  ])('finds what %s is about in %j', (uri, controls, index) => {
    expect(findControl(uri, base, controls)).toBe(index);
  });
});
