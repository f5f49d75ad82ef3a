import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startTestEngine } from '@sluice/core/testing';
import { httpOn } from '@sluice/plugin-http';
import preset from '../src/index.js';

const KEY = 'a-key-of-the-test';
const authorized = { headers: { authorization: `Bearer ${KEY}` } };

describe("the whole preset on a program's own server", () => {
  let host: Server;
  let origin: string;
  beforeAll(async () => {
    host = createServer((request, response) => response.end(`host ${request.url}`));
    await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(host.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    await new Promise<void>((resolve) => {
      host.close(() => resolve());
      host.closeAllConnections();
    });
  });

  it.each([
    ['/media', '/media'],
    ['/', ''],
  ])('at %s: pages, API and metrics are there, and events end with the engine', async (basePath, base) => {
    const free = { port: 0 };
    const engine = await startTestEngine({
      preset,
      plugins: [httpOn(host)],
      config: { http: { basePath }, rtmp: free, rtsp: { port: 0, udpPort: 0 }, api: { key: KEY } },
    });
    for (const path of ['/player', '/docs', '/metrics', '/api/v1/server']) {
      expect([path, (await fetch(origin + base + path, authorized)).status]).toEqual([path, 200]);
    }
    expect(await (await fetch(`${origin}/elsewhere`)).text()).toBe('host /elsewhere');
    const events = await fetch(`${origin}${base}/api/v1/events`, authorized);
    const ended = events.text();
    await engine.dispose();
    await ended;
    expect(await (await fetch(`${origin}${base}/player`)).text()).toBe(`host ${base}/player`);
  });
});
