import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApiError, createClient, unwrap } from '../src/index.js';

let server: Server;
const asked: { readonly line: string; readonly authorization: string | undefined; readonly lastEventId: string | undefined }[] = [];
let answers: ((response: ServerResponse, request: IncomingMessage) => void)[] = [];

beforeEach(async () => {
  asked.length = 0;
  answers = [];
  server = createServer((request, response) => {
    const { authorization, 'last-event-id': lastEventId } = request.headers;
    asked.push({ line: `${request.method} ${request.url}`, authorization, lastEventId: lastEventId as string | undefined });
    const answer = answers.shift();
    if (answer === undefined) response.writeHead(500).end();
    else answer(response, request);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});
const client = (path = '/') => createClient({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, key: 'K' });
const json =
  (body: unknown, status = 200) =>
  (response: ServerResponse): void =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
const refusal = { error: { code: 'ERR_STREAM_NOT_FOUND', message: "no stream 'a/b'" } };

it('asks below the base path, with the key; a path of a stream is one parameter', async () => {
  answers = [json({ path: 'live/a b' })];
  const stream = await unwrap(client('/media/').GET('/streams/{path}', { params: { path: { path: 'live/a b' } } }));
  expect(stream.path).toBe('live/a b');
  expect(asked).toEqual([{ line: 'GET /media/api/v1/streams/live%2Fa%20b', authorization: 'Bearer K' }]);
});

it('tells of failures as answers, or throws them', async () => {
  const params = { params: { path: { path: 'a/b' } } };
  answers = [json(refusal, 404), json(refusal, 404), (response) => response.writeHead(502, { 'content-type': 'text/html' }).end('<p>proxy</p>')];
  expect(await client().DELETE('/streams/{path}', params)).toMatchObject({ error: refusal, response: { status: 404 } });
  await expect(unwrap(client().DELETE('/streams/{path}', params))).rejects.toEqual(new ApiError(404, 'ERR_STREAM_NOT_FOUND', "no stream 'a/b'"));
  await expect(unwrap(client().GET('/server'))).rejects.toMatchObject({ status: 502, code: 'ERR_HTTP' });
});

it('lists across pages', async () => {
  answers = [json({ items: [{ path: 'a' }, { path: 'b' }], next: 'N' }), json({ items: [{ path: 'c' }] }), json(refusal, 401)];
  const paths: string[] = [];
  for await (const { path } of client().list('/streams', { query: { limit: 2 } })) paths.push(path);
  expect(paths).toEqual(['a', 'b', 'c']);
  expect(asked.map(({ line }) => line)).toEqual(['GET /api/v1/streams?limit=2', 'GET /api/v1/streams?limit=2&cursor=N']);
  await expect(client().list('/pulls').next()).rejects.toMatchObject({ status: 401 });
});

describe('events', () => {
  const event = (id: string) => `id: ${id}\nevent: stream.closed\ndata: {"id":"${id}","type":"stream.closed"}\n\n`;
  const send =
    (text: string, after: 'end' | 'break' | 'stay' = 'stay') =>
    (response: ServerResponse): void => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(text, () => {
        if (after === 'end') response.end();
        if (after === 'break') response.destroy();
      });
    };

  it('go on where a connection broke, however it did', async () => {
    answers = [send(event('1'), 'break'), json({}, 503), send(event('2'), 'end'), send(`: still here\n\n${event('3')}`)];
    const ids: string[] = [];
    let breaks = 0;
    for await (const { id } of client().events({ types: ['stream.*'], lastEventId: '0', onBreak: () => breaks++ })) {
      ids.push(id);
      if (id === '3') break;
    }
    expect(ids).toEqual(['1', '2', '3']);
    expect(breaks).toBe(3);
    expect(asked.map(({ lastEventId }) => lastEventId)).toEqual(['0', '1', '1', '2']);
    expect(asked[0]).toMatchObject({ line: 'GET /api/v1/events?types=stream.*', authorization: 'Bearer K' });
  });

  it('end with the signal, and close the connection', async () => {
    const leave = new AbortController();
    const closed = new Promise<void>((resolve) => {
      answers = [
        (response) => {
          response.on('close', resolve);
          send(event('1'))(response);
        },
      ];
    });
    const ids: string[] = [];
    for await (const { id } of client().events({ signal: leave.signal })) {
      ids.push(id);
      leave.abort();
    }
    await closed;
    expect(ids).toEqual(['1']);
  });

  it('are not asked for again where the server refuses', async () => {
    answers = [json({ error: { code: 'ERR_UNAUTHORIZED', message: 'no' } }, 401)];
    await expect(client().events().next()).rejects.toMatchObject({ status: 401, code: 'ERR_UNAUTHORIZED' });
    expect(asked.length).toBe(1);
  });
});
