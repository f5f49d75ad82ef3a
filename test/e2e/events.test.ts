import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeWith, killAll, type Running, run, start } from './support/programs.js';
import { type Server, startServer } from './support/server.js';

describeWith({ programs: ['curl', 'ffmpeg'] }, 'GET /events, by curl', () => {
  let server: Server;

  const listen = (query: string, ...headers: readonly string[]): Running => {
    const key = readFileSync(join(server.data, 'secrets/api-key'), 'utf8').trim();
    const all = [`authorization: Bearer ${key}`, ...headers].flatMap((header) => ['-H', header]);
    return start('curl', ['-sN', ...all, server.url('http', `api/v1/events${query}`)]);
  };
  const events = (output: string) => [...output.matchAll(/^id: (.+)\nevent: (.+)\ndata: (\{.*\})\n\n/gm)].map(([, id, type]) => ({ id, type }));
  const publish = async (path: string): Promise<void> => {
    const source = ['-f', 'lavfi', '-i', 'testsrc=size=160x120:rate=10', '-t', '1', '-c:v', 'libx264', '-preset', 'ultrafast', '-f', 'flv'];
    expect((await run('ffmpeg', ['-v', 'error', ...source, server.url('rtmp', path)])).code).toBe(0);
  };

  beforeAll(async () => {
    server = await startServer('server', ['engine.lingerSeconds=0']);
  }, 60_000);
  afterAll(async () => {
    await server.stop();
    await killAll();
  }, 30_000);

  it('come as they happen, are resumed, and end with the server', async () => {
    const first = listen('?types=stream.*');
    await first.wrote(/^: /m);
    await publish('live/a');
    await first.wrote(/event: stream.closed\ndata: .*\n\n/);
    const told = events(first.output());
    expect(told.map(({ type }) => type)).toEqual(['stream.published', 'stream.tracks', 'stream.closed']);
    await first.stop('SIGKILL');
    await publish('live/b');
    const resumed = listen('?types=stream.*', `last-event-id: ${told[0]?.id}`);
    await resumed.wrote(/"path":"live\/b".*\n\n[\s\S]*event: stream.closed\ndata: .*\n\n/);
    expect(events(resumed.output()).slice(0, 2)).toEqual(told.slice(1));
    expect(events(resumed.output())).toHaveLength(5);
    const all = listen('');
    await all.wrote(/^: /m);
    server.program.process.kill('SIGTERM');
    expect((await all.ended).code).toBe(0);
    expect(events(all.output()).map(({ type }) => type)).toContain('server.stopping');
    expect((await server.program.ended).code).toBe(0);
  }, 60_000);
});
