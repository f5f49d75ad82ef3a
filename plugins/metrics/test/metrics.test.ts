import { definePlugin, type Figure, figures } from '@sluice/core';
import { MemorySink, startTestEngine, type TestEngine, testForm, testFrame, testVideoTrack } from '@sluice/core/testing';
import metrics from '../src/index.js';

let engine: TestEngine;
const naughty = definePlugin({
  name: 'naughty',
  version: '1.0.0',
  setup(ctx) {
    ctx.count('malformed');
    ctx.count('malformed', 2);
    for (let index = 0; index < 100; index++) ctx.count(`kind-${index}`);
    ctx.count('text of "a peer"\n');
  },
});
afterEach(() => engine.dispose());
async function start(options: Record<string, unknown> = {}): Promise<void> {
  const { basePath = '/', ...rest } = options;
  engine = await startTestEngine({ plugins: [metrics, naughty], config: { http: { port: 0, basePath }, api: { key: 'admin-key' }, metrics: rest } });
}
const get = (headers: Record<string, string> = {}, path = '/metrics') =>
  fetch(`http://127.0.0.1:${engine.addresses.find(({ name }) => name === 'http')?.port}${path}`, { headers });
const track = testVideoTrack();
async function publish(path: string): Promise<void> {
  const publisher = await engine.publish(path, { tracks: [track], expects: ['video'] });
  publisher.received(1234);
  publisher.count('lost', 3);
  publisher.write(testFrame(track, 0));
}

it('needs a key', async () => {
  await start();
  const answer = await get();
  expect([answer.status, ((await answer.json()) as { error: { code: string } }).error.code]).toEqual([401, 'ERR_UNAUTHORIZED']);
  expect((await get({ authorization: 'Bearer admin-key' })).status).toBe(200);
});

it('shows the process and each stream, and forgets what is gone', async () => {
  await start({ public: true });
  await publish('live/a');
  const answer = await get();
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain/);
  const text = await answer.text();
  expect(text).toMatch(/^process_resident_memory_bytes \d+/m);
  expect(text).toContain('sluice_stream_received_bytes{path="live/a"} 1234');
  expect(text).toContain('sluice_stream_health{path="live/a",kind="lost"} 3');
  expect(text).toContain('sluice_streams{state="live"} 1');
  engine.streams.close('live/a', { code: 'kicked' });
  expect(await (await get()).text()).not.toContain('live/a');
});

it('caps the number of streams shown', async () => {
  await start({ public: true, maxStreams: 1 });
  for (const path of ['live/a', 'live/b', 'live/c']) await publish(path);
  const text = await (await get()).text();
  expect(text.match(/^sluice_stream_viewers\{/gm)).toHaveLength(1);
  expect(text).toContain('sluice_streams_without_metrics 2');
});

it('shows what went wrong, and keeps the kinds bounded', async () => {
  await start({ public: true });
  const text = await (await get()).text();
  expect(text).toContain('sluice_errors_total{plugin="naughty",kind="malformed"} 3');
  expect(text).toContain('sluice_errors_total{plugin="naughty",kind="other"} 38');
  expect(text.match(/^sluice_errors_total\{plugin="naughty"/gm)).toHaveLength(65);
});

it('counts viewers that were dropped as slow', async () => {
  await start({ public: true });
  await publish('live/a');
  const viewer = await engine.streams.view('live/a', { protocol: 'test', form: testForm, sink: new MemorySink() });
  (engine.streams as unknown as { closeSession(id: string, reason: object): boolean }).closeSession(viewer.sessionId, { code: 'slow' });
  expect(await (await get()).text()).toContain('sluice_errors_total{plugin="test",kind="slow-viewer"} 1');
});

it('counts CPU time as a counter', async () => {
  await start({ public: true });
  expect(await (await get()).text()).toContain('# TYPE process_cpu_seconds_total counter');
});

it('is at the root and below the base path', async () => {
  await start({ public: true, basePath: '/media' });
  for (const path of ['/metrics', '/media/metrics']) expect((await get({}, path)).status).toBe(200);
});

it('shows what plugins measure of themselves, and does without one that cannot be read', async () => {
  const things: Figure[] = [
    { name: 'sluice_things', help: 'Things', kind: 'gauge', read: () => 3 },
    { name: 'sluice_made_total', help: 'Things made', kind: 'counter', label: 'colour', read: () => ({ red: 2, blue: 0 }) },
    {
      name: 'sluice_broken',
      help: 'Broken',
      kind: 'gauge',
      read: () => {
        throw new Error('broken');
      },
    },
    { name: 'sluice_viewers', help: 'A name that is taken', kind: 'gauge', read: () => 99 },
  ];
  const maker = definePlugin({ name: 'maker', version: '1.0.0', setup: (ctx) => things.forEach((thing) => void ctx.extend(figures, thing)) });
  engine = await startTestEngine({ plugins: [metrics, maker], config: { http: { port: 0 }, metrics: { public: true } } });
  await get();
  const text = await (await get()).text();
  expect(text).toMatch(/^sluice_things 3$/m);
  expect(text).toMatch(/^sluice_made_total\{colour="red"\} 2$/m);
  expect(text).toMatch(/^sluice_made_total\{colour="blue"\} 0$/m);
  expect(text).toMatch(/^sluice_viewers 0$/m);
  expect(text).toMatch(/^sluice_errors_total\{plugin="metrics",kind="figure"\} [12]$/m);
});

it('counts sessions by protocol', async () => {
  await start({ public: true });
  await publish('live/a');
  await engine.streams.view('live/a', { protocol: 'test', form: testForm, sink: new MemorySink() });
  const text = await (await get()).text();
  expect(text).toContain('sluice_sessions{kind="viewer",protocol="test"} 1');
  expect(text).toContain('sluice_listening_ports{plugin="http",protocol="tcp"} 1');
});
