import { startTestEngine, type TestEngine, testFrame, testVideoTrack } from '@sluice/core/testing';
import metrics from '../src/index.js';

let engine: TestEngine;
afterEach(() => engine.dispose());
async function start(options: Record<string, unknown> = {}): Promise<void> {
  engine = await startTestEngine({ plugins: [metrics], config: { http: { port: 0 }, api: { key: 'admin-key' }, metrics: options } });
}
const get = (headers: Record<string, string> = {}) =>
  fetch(`http://127.0.0.1:${engine.addresses.find(({ name }) => name === 'http')?.port}/metrics`, { headers });
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
