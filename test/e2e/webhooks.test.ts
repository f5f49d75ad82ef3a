import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './support/paths.js';
import { describeWith, killAll, type Running, run, start } from './support/programs.js';
import { freePort, type Server, startServer } from './support/server.js';

const SECRET = 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const PATHS = ['live/one', 'live/two', 'live/three'];

interface Event {
  readonly id: string;
  readonly type: string;
  readonly timestamp: string;
  readonly seq: number;
  readonly data: { readonly path?: string };
}
interface Received {
  readonly good: boolean;
  readonly webhookId: string;
  readonly event: Event;
}

describeWith({ programs: ['python3', 'ffmpeg'] }, 'webhooks', () => {
  let server: Server;
  let receiver: Running | undefined;
  let port: number;

  const listen = async (): Promise<Running> => {
    const program = start('python3', [join(root, 'test/e2e/support/webhook-receiver.py'), String(port), SECRET]);
    await program.wrote(/listening/);
    return program;
  };
  const received = (): Received[] =>
    (receiver?.output() ?? '')
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as Received);
  const publish = async (path: string): Promise<void> => {
    const source = ['-f', 'lavfi', '-i', 'testsrc=size=160x120:rate=10', '-t', '1', '-c:v', 'libx264', '-preset', 'ultrafast', '-f', 'flv'];
    expect((await run('ffmpeg', ['-v', 'error', ...source, server.url('rtmp', path)])).code).toBe(0);
  };
  /** What the server's own log of the streams says happened: `id` of each event, in order. */
  const happened = (path: string): string[] => {
    const folder = join(server.data, 'logs', path);
    if (!existsSync(folder)) return [];
    return readdirSync(folder)
      .sort()
      .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1))
      .map((line) => JSON.parse(line) as { readonly event?: string; readonly id?: string })
      .filter(({ event }) => event?.startsWith('stream.') === true || event?.startsWith('session.') === true)
      .map(({ id }) => String(id));
  };
  /** The ids that came for a path, first arrivals, in their order. */
  const arrived = (path: string): string[] => [...new Set(received().flatMap(({ event }) => (event.data.path === path ? [event.id] : [])))];

  const until = async (enough: () => boolean): Promise<void> => {
    while (!enough()) await new Promise((resolve) => setTimeout(resolve, 50));
  };

  beforeAll(async () => {
    port = await freePort();
    const hook = `{ url: 'http://127.0.0.1:${port}/hook', events: ['stream.*', 'session.*', 'server.*'], secret: 'whsec_${SECRET}' }`;
    server = await startServer('server', [`report-http.hooks=[${hook}]`, 'report-http.maxRetryIntervalMs=2000', 'engine.lingerSeconds=0']);
  }, 60_000);
  afterAll(async () => {
    await server.stop();
    await killAll();
  }, 30_000);

  it('arrive at least once and in order per stream, signed, although the server was killed while the receiver was down', async () => {
    await Promise.all(PATHS.map(publish));
    // All is told of when the log has it, and in the spool by then.
    await until(() => PATHS.every((path) => happened(path).length === 5));
    const before = new Map(PATHS.map((path) => [path, happened(path)]));
    const { body } = await server.api<{ items: { state: string; queued: number }[] }>('/webhooks');
    expect(body.items).toMatchObject([{ state: 'failing', queued: 1 + 5 * PATHS.length }]);
    server = await server.restart();
    await publish('live/one');
    receiver = await listen();
    await until(() => arrived('live/one').length === 10 && PATHS.every((path) => arrived(path).length >= 5));
    for (const path of PATHS) expect(arrived(path).slice(0, 5)).toEqual(before.get(path));
    expect(arrived('live/one')).toEqual(happened('live/one'));
    for (const { good, webhookId, event } of received()) expect([good, webhookId]).toEqual([true, event.id]);
    expect(received().filter(({ event }) => event.type === 'server.started')).toHaveLength(2);
    const types = received().flatMap(({ event }) => (event.data.path === 'live/two' ? [event.type] : []));
    expect([...new Set(types)]).toEqual(['stream.published', 'session.started', 'stream.tracks', 'session.ended', 'stream.closed']);
  }, 60_000);
});
