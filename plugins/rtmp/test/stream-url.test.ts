import { streamUrl } from '../src/index.js';

describe('stream URL', () => {
  it.each([
    ['live', 'rtmp://h/live', 'a', 'live/a', {}],
    ['live', 'rtmp://h/live', 'a?owner=x&mediaServerIp=10.0.0.1', 'live/a', { owner: 'x', mediaServerIp: '10.0.0.1' }],
    ['live?token=t', 'rtmp://h/live?token=t', 'a', 'live/a', { token: 't' }],
    ['live', 'rtmp://h/live?token=t', 'a?token=u', 'live/a', { token: 'u' }],
    ['/live/', '', '/a', 'live/a', {}],
    ['a/b', '', 'c', 'a/b/c', {}],
    ['live//', '', '//a/', 'live/a', {}],
    ['a//b', '', 'c//d', 'a//b/c//d', {}],
    ['live', '', '', 'live', {}],
    ['live', '', 'mp4:a', 'live/a', {}],
    ['live', '', '..%2f..', 'live/../..', {}],
    ['live', '', '%zz', 'live/%zz', {}],
    ['live', '', 'a?__proto__=1', 'live/a', JSON.parse('{"__proto__":"1"}')],
  ])('app %j, tcUrl %j, name %j', (app, tcUrl, name, path, query) => {
    expect(streamUrl(app, tcUrl, name)).toEqual({ path, query });
  });
});
