import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { figures } from '@sluice/core';
import { startTestEngine, type TestEngine, testVideoTrack } from '@sluice/core/testing';
import api from '@sluice/plugin-api';
import reportHttp from '../src/index.js';
import { openReceiver, type Receiver, SECRET } from './support.js';

let data: string;
let engine: TestEngine;
let receiver: Receiver;

const port = (): number => engine.addresses.find(({ plugin }) => plugin === 'http')?.port ?? 0;
const start = async (change: Readonly<Record<string, unknown>> = {}, events = ['stream.*', 'session.*']): Promise<void> => {
  const hooks = [{ url: receiver.url, events, secret: SECRET }];
  engine = await startTestEngine({
    plugins: [api, reportHttp],
    config: { engine: { data }, http: { port: 0 }, api: { key: 'admin-key1' }, 'report-http': { hooks, retryIntervalMs: 10, ...change } },
  });
};
const call = async <T>(method: string, path: string): Promise<{ status: number; body: T }> => {
  const answer = await fetch(`http://127.0.0.1:${port()}/api/v1${path}`, { method, headers: { authorization: 'Bearer admin-key1' } });
  const text = await answer.text();
  return { status: answer.status, body: (text === '' ? undefined : JSON.parse(text)) as T };
};
const live = async (path: string): Promise<void> => {
  const publisher = await engine.publish(path, { tracks: [testVideoTrack()], protocol: 'test', trusted: true, query: { token: 'S3CRET' } });
  await publisher.close();
};
/** Ids of a path's events as the engine told of them, and as they came. */
const told = (path: string) =>
  engine.reports.filter((event) => /^(stream|session)\./.test(event.type) && (event.data as { path?: string }).path === path).map(({ id }) => id);
const came = (path: string) => [...new Set(receiver.received.filter(({ body }) => body.data.path === path).map(({ body }) => body.id))];

beforeEach(async () => {
  data = mkdtempSync(join(tmpdir(), 'sluice-hooks-'));
  receiver = await openReceiver();
});
afterEach(async () => {
  await engine.stop();
  await receiver.close();
  rmSync(data, { recursive: true, force: true });
});

it('posts what is wanted, signed, in order', async () => {
  await start();
  await live('live/a');
  await receiver.until((received) => received.some(({ body }) => body.type === 'stream.closed'));
  expect(came('live/a')).toEqual(told('live/a'));
  expect(receiver.received.map(({ body }) => body.type)).toEqual(['stream.published', 'session.started', 'stream.tracks', 'session.ended', 'stream.closed']);
  for (const { headers, body, signed } of receiver.received) {
    expect({ id: headers['webhook-id'], type: headers['content-type'], signed }).toEqual({ id: body.id, type: 'application/json', signed: true });
    expect(Math.abs(Number(headers['webhook-timestamp']) - Date.now() / 1000)).toBeLessThan(60);
  }
  expect(JSON.stringify(receiver.received)).not.toContain('S3CRET');
});

it('tries again under the same id, and follows no redirect', async () => {
  await start();
  const answers = [500, 302, 204];
  receiver.answer(({ type }) => (type === 'stream.published' ? (answers.shift() ?? 204) : 204));
  await live('live/a');
  await receiver.until((received) => received.some(({ body }) => body.type === 'stream.closed'));
  const first = receiver.received.slice(0, 3);
  expect(first.map(({ body }) => body.type)).toEqual(Array(3).fill('stream.published'));
  expect(new Set(first.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  expect(came('live/a')).toEqual(told('live/a'));
});

it('keeps what did not arrive for the next start, before what happens then', async () => {
  receiver.answer(503);
  await start();
  for (const path of ['live/a', 'live/b']) await live(path);
  await receiver.until((received) => received.length > 3);
  const before = { a: told('live/a'), b: told('live/b') };
  await engine.stop();
  receiver.received.length = 0;
  receiver.answer(204);
  await start();
  await live('live/a');
  await receiver.until((received) => new Set(received.map(({ body }) => body.id)).size === before.a.length + before.b.length + told('live/a').length);
  expect(came('live/a')).toEqual([...before.a, ...told('live/a')]);
  expect(came('live/b')).toEqual(before.b);
  // Numbered through, whatever else happened: the traffic report between the fourth and the fifth is not wanted here.
  const seqs = new Map(receiver.received.filter(({ body }) => body.data.path === 'live/a').map(({ body }) => [body.id, body.seq]));
  expect([...seqs.values()]).toEqual([1, 2, 3, 5, 6, 7, 8, 9, 11, 12]);
});

it('tells of the end, all of it, before the server is gone', async () => {
  await start({}, ['*']);
  await engine.publish('live/a', { tracks: [testVideoTrack()] });
  await engine.stop();
  const types = receiver.received.map(({ body }) => body.type);
  for (const type of ['server.started', 'server.stopping', 'stream.published', 'traffic.report', 'session.ended', 'stream.closed'])
    expect(types).toContain(type);
  expect(types.indexOf('traffic.report')).toBeLessThan(types.indexOf('session.ended'));
});

it('waits for no receiver that takes a connection and says nothing', async () => {
  receiver.answer(() => 0);
  await start({ timeoutSeconds: 60 });
  // Far within the minute that a receiver has.
  for (let n = 0; n < 20; n++) await live(`live/${n}`);
  await receiver.until((received) => received.length === 4);
  await engine.stop();
  expect(receiver.received).toHaveLength(4);
}, 20_000);

it('shows how receivers do, and dead letters, which can be sent again or deleted; no secrets', async () => {
  await start({ maxRefusals: 1 }, ['stream.*']);
  receiver.answer(({ type }) => (type === 'stream.tracks' ? 400 : 204));
  await live('live/a');
  await live('live/b');
  await receiver.until((received) => received.filter(({ body }) => body.type === 'stream.closed').length === 2);
  const webhooks = await call<{ items: object[] }>('GET', '/webhooks');
  expect(webhooks.body.items).toMatchObject([{ url: receiver.url.replace('T0P', '***'), events: ['stream.*'], deadLetters: 2, queued: expect.any(Number) }]);
  expect(JSON.stringify([webhooks.body, (await call('GET', '/config')).body])).not.toMatch(/T0P|MfKQ9r8G/);
  interface Dead {
    id: string;
    reason: string;
    tries: number;
    event: { type: string; data: { path: string } };
  }
  const page = await call<{ items: Dead[]; next?: string }>('GET', '/webhooks/dead-letters?limit=1');
  expect(page.body).toMatchObject({ items: [{ event: { type: 'stream.tracks', data: { path: 'live/a' } }, tries: 1 }], next: expect.any(String) });
  expect(page.body.items[0]?.reason).toContain('status 400');
  const rest = await call<{ items: Dead[]; next?: string }>('GET', `/webhooks/dead-letters?cursor=${page.body.next}`);
  expect(rest.body).toEqual({ items: [expect.objectContaining({ event: expect.objectContaining({ type: 'stream.tracks' }) })] });
  receiver.answer(204);
  receiver.received.length = 0;
  expect((await call('POST', `/webhooks/dead-letters/${page.body.items[0]?.id}/retry`)).status).toBe(202);
  await receiver.until((received) => received.length === 1);
  expect(receiver.received[0]?.body).toMatchObject({ type: 'stream.tracks', data: { path: 'live/a' } });
  const other = rest.body.items[0]?.id;
  expect([(await call('DELETE', `/webhooks/dead-letters/${other}`)).status, (await call('DELETE', `/webhooks/dead-letters/${other}`)).status]).toEqual([
    204, 404,
  ]);
  expect((await call<{ items: Dead[] }>('GET', '/webhooks/dead-letters')).body.items).toEqual([]);
  expect(engine.info.errors()).toContainEqual({ plugin: 'report-http', kind: 'dead-letter', count: 2 });
  const measured = Object.fromEntries(engine.extensions(figures).map(({ name, read }) => [name, Object.values(read())]));
  expect(measured).toMatchObject({ sluice_webhook_dead_letters: [0], sluice_webhook_delivered_total: [5] });
});

it('is bounded while a receiver is down: the oldest become dead letters', async () => {
  receiver.answer(503);
  await start({ maxQueued: 10, maxDeadLetters: 20, maxInFlight: 1 }, ['stream.*']);
  for (let n = 0; n < 30; n++) await live(`live/${n}`);
  // Written, and pushed to the receiver, in the next turn.
  await new Promise((resolve) => setImmediate(resolve));
  const { body } = await call<{ items: { queued: number; dropped: number; deadLetters: number }[] }>('GET', '/webhooks');
  expect(body.items).toMatchObject([{ queued: 10, dropped: 80, deadLetters: 20 }]);
});

it('goes on in memory where the disk cannot be used', async () => {
  mkdirSync(join(data, 'report-http.sqlite'));
  await start();
  await live('live/a');
  await receiver.until((received) => received.some(({ body }) => body.type === 'stream.closed'));
  expect(came('live/a')).toEqual(told('live/a'));
  expect(engine.info.warnings().join()).toContain('in memory only');
});

it('makes a secret where none is configured', async () => {
  engine = await startTestEngine({ plugins: [reportHttp], config: { engine: { data }, 'report-http': { hooks: [{ url: receiver.url }] } } });
  expect(engine.secrets).toMatchObject([{ name: 'webhook-secret', fresh: true, value: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/) }]);
});
