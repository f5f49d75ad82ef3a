import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient, type SluiceClient, type SluiceEvent, unwrap } from '@sluice/plugin-api-client';
import { type AnswerCheck, checkAnswers } from './support/api-document.js';
import { describeWith, killAll, type Running, start } from './support/programs.js';
import { freePort, type Server, startServer, streamState } from './support/server.js';
import { register } from './support/sipp.js';

const DEVICE = '34020000001320000001';

describeWith({ programs: ['ffmpeg', 'sipp'] }, 'the API by its client, with streams of ffmpeg and a device of SIPp', () => {
  let server: Server;
  let sluice: SluiceClient;
  let check: AnswerCheck;
  const publish = (path: string): Running => {
    const source = ['-re', '-f', 'lavfi', '-i', 'testsrc=size=160x120:rate=10', '-f', 'lavfi', '-i', 'sine', '-c:v', 'libx264', '-preset', 'ultrafast'];
    return start('ffmpeg', ['-v', 'error', ...source, '-g', '10', '-c:a', 'aac', '-f', 'flv', server.url('rtmp', `${path}?token=secret&owner=me`)]);
  };

  beforeAll(async () => {
    server = await startServer('all-in-one', ['relay.allow=[loopback]']);
    sluice = createClient({ url: server.url('http', ''), key: readFileSync(join(server.data, 'secrets/api-key'), 'utf8').trim() });
    check = await checkAnswers(server.url('http', 'api/v1/openapi.json'));
  }, 60_000);
  afterAll(async () => {
    await server.stop();
    await killAll();
  }, 30_000);

  it('lists streams, ends one and is told of it, also across the death of the server', async () => {
    const events: SluiceEvent[] = [];
    const leave = new AbortController();
    let heard = (): void => {};
    let opened = (): void => {};
    const open = new Promise<void>((resolve) => {
      opened = resolve;
    });
    const listening = (async () => {
      for await (const event of sluice.events({ signal: leave.signal, onOpen: () => opened() })) {
        events.push(event);
        heard();
      }
    })();
    const told = async (matches: (event: SluiceEvent) => boolean): Promise<void> => {
      while (!events.some(matches)) await new Promise<void>((resolve) => (heard = resolve));
    };
    await open;
    const publishers = ['live/a', 'live/b'].map(publish);
    for (const path of ['live/a', 'live/b']) await streamState(server, path, ({ state }) => state === 'live');

    const paths: string[] = [];
    for await (const { path, tracks } of sluice.list('/streams', { query: { limit: 1 } })) {
      paths.push(path);
      expect(tracks.map(({ codec }) => codec).sort()).toEqual(['aac', 'h264']);
    }
    expect(paths).toEqual(['live/a', 'live/b']);
    await unwrap(sluice.DELETE('/streams/{path}', { params: { path: { path: 'live/a' } } }));
    await publishers[0]?.ended;
    await told((event) => event.type === 'stream.closed' && event.data.path === 'live/a' && event.data.reason.code === 'kicked');
    await expect(unwrap(sluice.GET('/streams/{path}', { params: { path: { path: 'live/a' } } }))).rejects.toMatchObject({
      status: 404,
      code: 'ERR_STREAM_NOT_FOUND',
    });
    expect(events.map(({ type }) => type)).toEqual(expect.arrayContaining(['stream.published', 'stream.tracks', 'session.started', 'session.ended']));
    expect(JSON.stringify(events)).not.toContain('secret');

    server = await server.restart();
    await told(({ type }) => type === 'server.started');
    leave.abort();
    await listening;
    expect(events.map((event) => check.event(event)).filter((complaint) => complaint !== '')).toEqual([]);
  }, 60_000);

  it('answers every call as its document says', async () => {
    const password = readFileSync(join(server.data, 'secrets/gb28181-password'), 'utf8').trim();
    const platform = `127.0.0.1:${server.ports.sip}`;
    expect((await register({ id: DEVICE, port: await freePort(), platform, transport: 'udp' }, password)).code).toBe(0);
    publish('live/c');
    await streamState(server, 'live/c', ({ state }) => state === 'live');

    const complaints: string[] = [];
    /** Calls; `path` is the document's, with what stands for its parameters. */
    const call = async <T>(line: string, values: Readonly<Record<string, string>> = {}, body?: unknown, status = 200): Promise<T> => {
      const [method = '', path = ''] = line.split(' ');
      const filled = path.replace(/\{(\w+)\}/g, (_all, name: string) => values[name] ?? '');
      const sent = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
      const answer = await server.api<T>(filled + (values.query ?? ''), { method, ...sent });
      expect([line, answer.status]).toEqual([line, status]);
      const complaint = check.answer(line, answer.status, answer.body);
      if (complaint !== '') complaints.push(complaint);
      return answer.body;
    };

    for (const list of [
      'config',
      'streams',
      'sessions',
      'gb28181/devices',
      'pulls',
      'pushes',
      'auth/tokens',
      'get_pushChannels',
      'webhooks',
      'webhooks/dead-letters',
    ]) {
      await call(`GET /${list}`);
      await call(`GET /${list}`, { query: '?limit=1' });
      for (const query of ['?limit=0', '?limit=1001', '?cursor=x', '?more=1']) await call(`GET /${list}`, { query }, undefined, 400);
    }
    await call('GET /server');
    for (const path of ['live/c', 'live%2Fc']) await call('GET /streams/{path}', { path });
    await call('GET /timestamps/{path}', { path: 'live/c' });
    await call('GET /streams/{path}', { path: 'live/none' }, undefined, 404);
    await call('GET /streams/{path}', { path: 'live/a%20b' }, undefined, 400);
    await call('DELETE /sessions/{id}', { id: 'none' }, undefined, 404);
    await call('GET /gb28181/devices/{id}/channels', { id: DEVICE });
    await call('GET /gb28181/devices/{id}/channels', { id: '1' }, undefined, 404);
    await call('POST /gb28181/channels/{id}/play', { id: '1' }, undefined, 404);
    await call('POST /gb28181/channels/{id}/play', { id: '1' }, { more: 1 }, 400);
    await call('GET /gb28181/playbacks/{id}', { id: '1' }, undefined, 404);

    const url = `${server.url('rtmp', 'live/c')}?token=secret`;
    const pull = await call<{ id: string; url: string }>('POST /pulls', {}, { path: 'live/d', url }, 201);
    expect(pull.url).toContain('token=***');
    await call('GET /pulls/{id}', pull);
    await call('GET /pulls');
    await call('POST /pulls', {}, { path: 'live/d', url }, 409);
    await call('POST /pulls', {}, { path: 'live/e', url: 'rtmp://10.0.0.1/live/e' }, 403);
    await call('DELETE /pulls/{id}', pull, undefined, 204);
    await call('DELETE /pulls/{id}', pull, undefined, 404);
    const push = await call<{ id: string }>('POST /pushes', {}, { path: 'live/c', url: `${server.url('rtmp', 'live/f')}` }, 201);
    await call('GET /pushes/{id}', push);
    await call('DELETE /pushes/{id}', push, undefined, 204);

    const token = await call<{ id: string }>('POST /auth/tokens', {}, { actions: ['play'], paths: ['live/*'], expiresAt: '2999-01-01T00:00:00+08:00' }, 201);
    await call('GET /auth/tokens');
    await call('DELETE /auth/tokens/{id}', token, undefined, 204);
    const channel = await call<{ channelId: string }>('POST /create_pullChannel', {}, { streamId: 's', ssrc: '0000000042' });
    await call('POST /start_pullChannel', {}, { channelId: channel.channelId });
    await call('GET /get_pushChannels');
    await call('POST /create_pullChannel', {}, { streamId: 't', ssrc: 42 }, 400);
    await call('POST /delete_pullChannel', {}, { channelId: channel.channelId });
    await call('POST /delete_pullChannel', {}, { channelId: channel.channelId }, 404);
    await call('DELETE /streams/{path}', { path: 'live/c' }, undefined, 204);

    const types = new Set<string>();
    // An event that nobody knows: all that are kept come.
    for await (const event of sluice.events({ lastEventId: 'none' })) {
      types.add(event.type);
      complaints.push(check.event(event));
      if (event.type === 'stream.closed' && event.data.path === 'live/c') break;
    }
    expect([...types]).toEqual(
      expect.arrayContaining(['server.started', 'gb28181.device.online', 'stream.published', 'stream.tracks', 'pull.state', 'push.state']),
    );
    expect(complaints.filter((complaint) => complaint !== '')).toEqual([]);
  }, 60_000);

  it.each([
    ['POST', '/streams', {}, 405],
    ['PUT', '/streams/live/a', {}, 405],
    ['GET', '/create_pullChannel', {}, 405],
    ['GET', '/none', {}, 404],
    ['POST', '/pulls', { 'content-type': 'text/plain' }, 415],
    ['POST', '/pulls', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['POST', '/pulls', { 'content-type': 'application/json' }, 400],
  ] as const)('answers %s %s with %j in the form of errors: %i', async (method, path, headers, status) => {
    const body = method === 'POST' || method === 'PUT' ? { body: '{' } : {};
    const key = readFileSync(join(server.data, 'secrets/api-key'), 'utf8').trim();
    const answer = await fetch(server.url('http', `api/v1${path}`), { method, headers: { ...headers, authorization: `Bearer ${key}` }, ...body });
    expect(answer.status).toBe(status);
    expect(await answer.json()).toEqual({ error: { code: expect.stringMatching(/^ERR_[A-Z_]+$/), message: expect.any(String) } });
    expect(answer.headers.get('allow') !== null).toBe(status === 405);
  });
});
