import { definePlugin, type PluginContext, type Publisher } from '@sluice/core';
import { FakeClock, startTestEngine, type TestEngine } from '@sluice/core/testing';
import hls from '../src/index.js';
import { audio, merge, pictures, sounds, video } from './support.js';

let engine: TestEngine;
let clock: FakeClock;
const grant = { revoked: false };
const gate = definePlugin({
  name: 'gate',
  version: '1.0.0',
  setup(ctx: PluginContext) {
    ctx.hooks.authorize(({ action, token, query }) => {
      if (action !== 'play' || token === 'right' || query?.token === 'right') return { allow: true, grant };
      return { allow: false, status: 401 };
    });
  },
});

async function start(config: Record<string, unknown> = {}): Promise<void> {
  clock = new FakeClock();
  grant.revoked = false;
  engine = await startTestEngine({ plugins: [hls, gate], config: { engine: { lingerSeconds: 5 }, http: { port: 0 }, hls: config }, clock });
}
afterEach(async () => {
  let over = false;
  const disposed = engine.dispose().finally(() => {
    over = true;
  });
  // Connections that fetch keeps open are cut when the time for a stop is over.
  while (!over) await clock.advanceAsync(1000);
  await disposed;
});

const origin = () => `http://127.0.0.1:${engine.addresses.find(({ name }) => name === 'http')?.port}`;
const url = (path: string) => `${origin()}/${path}${path.includes('?') ? '&' : '?'}token=right`;
const get = (path: string, headers: Record<string, string> = {}) => fetch(url(path), { headers });
const viewers = () => engine.streams.sessions().filter(({ kind }) => kind === 'viewer');
const publish = (): Promise<Publisher> => engine.publish('live/a', { tracks: [video(), audio] });
function write(publisher: Publisher, fromMs: number, toMs: number): void {
  for (const frame of merge(pictures(fromMs, toMs), sounds(fromMs, toMs))) publisher.write(frame);
}

/** A viewer whose first segments are made. */
async function watch(publisher: Publisher, path = 'live/a.m3u8', headers: Record<string, string> = {}) {
  const answer = get(path, headers);
  await engine.reported(({ type, data }) => type === 'session.started' && (data as { session: { kind: string } }).session.kind === 'viewer');
  write(publisher, 0, 4000);
  const response = await answer;
  const cookie = response.headers.get('set-cookie')?.split(';')[0] ?? '';
  return { response, text: await response.text(), cookie };
}

const segmentsOf = (text: string) => text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
const fetchSegment = (line: string, headers: Record<string, string> = {}) => fetch(new URL(line, `${origin()}/live/a.m3u8`), { headers });

describe('viewers of HLS', () => {
  it('get the first playlist as soon as the first segment is there', async () => {
    await start();
    const { response, text } = await watch(await publish());
    expect(response.status).toBe(200);
    expect(segmentsOf(text).length).toBeGreaterThan(0);
    expect(viewers()).toMatchObject([{ protocol: 'hls', stream: 'live/a', query: { token: '***' } }]);
    expect(text).not.toContain('right');
  });

  it('are told to come again where there is no segment in time, and 404 where there is no stream', async () => {
    await start({ firstSegmentSeconds: 3 });
    const publisher = await publish();
    publisher.write(pictures(0, 40)[0] as never);
    const answer = get('live/a.m3u8');
    await engine.reported(({ type }) => type === 'session.started');
    while (viewers().length === 0) await new Promise(setImmediate);
    clock.advance(3000);
    const response = await answer;
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '1']);
    expect((await get('live/none.m3u8')).status).toBe(404);
  });

  it('need what every viewer needs, and a playlist of theirs for segments', async () => {
    await start();
    const publisher = await publish();
    expect((await fetch(`${origin()}/live/a.m3u8`)).status).toBe(401);
    expect((await fetch(`${origin()}/live/none.m3u8`)).status).toBe(401);
    // What else is wrong is told to those who may ask.
    expect((await fetch(`${origin()}/live/none.m3u8?form=other`)).status).toBe(401);
    expect((await get('live/none.m3u8?form=other')).status).toBe(400);
    const { text } = await watch(publisher);
    const [line = ''] = segmentsOf(text);
    expect((await fetchSegment(line)).status).toBe(200);
    expect((await fetchSegment(line.replace(/session=.*/, ''))).status).toBe(404);
    expect((await fetchSegment(line.replace('/0.ts', '/9.ts'))).status).toBe(404);
    // The path form carries the token.
    expect((await fetch(`${origin()}/hls/live%2Fa/right`)).status).toBe(200);
    expect((await fetch(`${origin()}/hls/a/wrong`)).status).toBe(401);
  });

  it('are known by a cookie, or by where they come from and what they ask for', async () => {
    await start();
    const { text, cookie } = await watch(await publish());
    await fetchSegment(segmentsOf(text)[0] ?? '', { cookie });
    // It keeps cookies: who comes without one is another.
    await get('live/a.m3u8', { cookie });
    expect(viewers().length).toBe(1);
    const second = await (await get('live/a.m3u8')).text();
    expect(viewers().length).toBe(2);
    await fetchSegment(segmentsOf(second)[0] ?? '');
    // The second one does not, so it is itself again.
    await get('live/a.m3u8');
    await get('live/a.m3u8', { cookie });
    expect(viewers().length).toBe(2);
    await get('live/a.m3u8?viewer=3');
    await get('live/a.m3u8', { 'user-agent': 'another' });
    expect(viewers().length).toBe(4);
    expect(viewers().every(({ bytesOut }) => bytesOut > 0)).toBe(true);
  });

  it('are forgotten when they ask no more, and with the last one the segments', async () => {
    await start({ sessionSeconds: 10 });
    const { text, cookie } = await watch(await publish());
    const [line = ''] = segmentsOf(text);
    clock.advance(9000);
    expect((await fetchSegment(line, { cookie })).status).toBe(200);
    clock.advance(9000);
    expect(viewers().length).toBe(1);
    clock.advance(2000);
    expect(viewers()).toEqual([]);
    expect(engine.reports.some(({ type, data }) => type === 'session.ended' && (data as { reason: { code: string } }).reason.code === 'timeout')).toBe(true);
    expect((await fetchSegment(line, { cookie })).status).toBe(404);
  });

  it('keep their playlist while the publisher is away; it goes on behind a discontinuity, and ends where nobody comes back', async () => {
    await start({ sessionSeconds: 60 });
    const first = await publish();
    const { text, cookie } = await watch(first);
    const count = segmentsOf(text).length;
    await first.close();
    expect(viewers()).toEqual([]);
    const away = await (await get('live/a.m3u8', { cookie })).text();
    // What the publisher left is a segment as well.
    expect(segmentsOf(away).length).toBeGreaterThan(count);
    expect(away).not.toContain('ENDLIST');
    const second = await publish();
    write(second, 50_000, 50_040);
    await get('live/a.m3u8', { cookie });
    expect(viewers().length).toBe(1);
    write(second, 50_040, 54_000);
    const back = await (await get('live/a.m3u8', { cookie })).text();
    expect(back.split('\n').filter((line) => line === '#EXT-X-DISCONTINUITY').length).toBe(1);
    expect(segmentsOf(back)[0]).toBe(segmentsOf(away)[0]);
    await second.close();
    clock.advance(4000);
    expect(await (await get('live/a.m3u8', { cookie })).text()).not.toContain('ENDLIST');
    clock.advance(1000);
    expect(await (await get('live/a.m3u8', { cookie })).text()).toContain('#EXT-X-ENDLIST');
    expect((await get('live/a.m3u8?viewer=late')).status).toBe(404);
  });

  it.each(['there', 'away'])('lose playlist and segments when their permission is taken back, the stream being %s', async (where) => {
    await start({ sessionSeconds: 60 });
    const publisher = await publish();
    const { text, cookie } = await watch(publisher);
    const [line = ''] = segmentsOf(text);
    if (where === 'away') await publisher.close();
    expect((await fetchSegment(line, { cookie })).status).toBe(200);
    grant.revoked = true;
    clock.advance(1000);
    expect((await fetchSegment(line, { cookie })).status).toBe(404);
    expect(viewers()).toEqual([]);
  });

  it.each(['original', 'aac', 'opus'])('have segments of their own where they ask for ?audio=%s', async (audio) => {
    await start();
    const folderOf = (text: string) => segmentsOf(text)[0]?.split('/').at(-2);
    const publisher = await publish();
    const { text } = await watch(publisher);
    const chosen = get(`live/a.m3u8?audio=${audio}`);
    while (viewers().length < 2) await new Promise(setImmediate);
    write(publisher, 4000, 8000);
    expect(folderOf(await (await chosen).text())).not.toBe(folderOf(text));
  });

  it('lose their segments when they are ended', async () => {
    await start();
    const { text } = await watch(await publish());
    engine.streams.closeSession(viewers()[0]?.id ?? '', { code: 'kicked' });
    expect((await fetchSegment(segmentsOf(text)[0] ?? '')).status).toBe(404);
  });
});

describe('always on', () => {
  it('makes segments of streams that match, though nobody watches', async () => {
    await start({ alwaysOn: ['live/*'] });
    const publisher = await publish();
    await engine.reported(({ type, data }) => type === 'session.started' && (data as { session: { kind: string } }).session.kind === 'viewer');
    write(publisher, 0, 6000);
    const response = await get('live/a.m3u8');
    expect(segmentsOf(await response.text()).length).toBe(3);
    const other = await engine.publish('other/a', { tracks: [video(), audio] });
    write(other, 0, 100);
    expect(engine.streams.describe('other/a')?.viewers).toBe(0);
  });
});

describe('on disk', () => {
  it('plays as from memory', async () => {
    await start({ storage: 'disk' });
    const { text } = await watch(await publish());
    const bytes = Buffer.from(await (await fetchSegment(segmentsOf(text)[0] ?? '')).arrayBuffer());
    expect([bytes[0], bytes.length % 188]).toEqual([0x47, 0]);
  });
});
