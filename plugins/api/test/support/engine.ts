import type { Plugin } from '@sluice/core';
import { startTestEngine, type TestEngine, testFrame, testVideoTrack } from '@sluice/core/testing';
import api from '../../src/index.js';

const KEYS = [
  { id: 'r', key: 'read-key', role: 'read' },
  { id: 'o', key: 'operate-key', role: 'operate' },
];

/** The one of the test that runs, which disposes of it. */
export let engine: TestEngine;

/** Starts the API with keys of all roles, beside other plugins. */
export async function start(others: readonly Plugin[] = [], config: Readonly<Record<string, object>> = {}): Promise<void> {
  engine = await startTestEngine({ plugins: [api, ...others], config: { http: { port: 0 }, api: { key: 'admin-key', keys: KEYS }, ...config } });
}

/** An address of the server. */
export const url = (path: string) => `http://127.0.0.1:${engine.addresses.find(({ name }) => name === 'http')?.port}${path}`;

/** Calls the API; an empty key sends none. */
export async function call(method: string, path: string, key: string | undefined = 'admin-key', body?: unknown): Promise<{ status: number; body: never }> {
  const headers: Record<string, string> = key === '' ? {} : { authorization: `Bearer ${key}` };
  if (body !== undefined) headers['content-type'] = 'application/json';
  const answer = await fetch(url(`/api/v1${path}`), { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const text = await answer.text();
  return { status: answer.status, body: (text === '' ? undefined : JSON.parse(text)) as never };
}

const track = testVideoTrack();

/** Publishes one picture. */
export async function publish(path: string) {
  const publisher = await engine.publish(path, { tracks: [track], expects: ['video'], protocol: 'test', trusted: true, query: { token: 'T', x: '1' } });
  publisher.write(testFrame(track, 0));
  return publisher;
}
