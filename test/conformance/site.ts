import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../e2e/support/paths.js';
import { type Running, start } from '../e2e/support/programs.js';

/** The command line, compiled. */
export const bin = join(root, 'core/bin/sluice.js');

/** What cameras register with. */
export const cameraPassword = 'not-a-secret';

/** Settings that a plugin's presence brings: any free ports, and targets on this machine. */
const SETTINGS: Readonly<Record<string, readonly string[]>> = {
  http: ['http.port=0'],
  rtmp: ['rtmp.port=0'],
  rtsp: ['rtsp.port=0', 'rtsp.udpPort=0'],
  gb28181: ['gb28181.sip.port=0', `gb28181.sip.password=${cameraPassword}`],
  'rtp-ps': ['rtp-ps.port=0'],
  relay: ['relay.allow=[loopback]'],
};

/** Names of the plugins that a preset loads. */
export function pluginsOf(preset: string): string[] {
  const lines = execFileSync(process.execPath, [bin, 'plugins', preset], { encoding: 'utf8', cwd: tmpdir() }).trim().split('\n');
  return lines.map((line) => line.split(' ')[0] ?? '');
}

/** A preset that runs. */
export interface Site {
  /** Address of a stream. */
  url(protocol: 'http' | 'ws' | 'rtmp' | 'rtsp', path: string): string;
  /** `HOST:PORT` of a listener, by its name in the banner. */
  address(listener: string): string;
  /** Calls the API; rejects where the answer is no success. */
  api<T>(path: string, body?: object): Promise<T>;
  /** Resolves when a stream is live and all its tracks are known. */
  live(path: string): Promise<void>;
  /** Starts a program that ends with the site. */
  start(command: string, args: readonly string[]): Running;
  stop(): Promise<void>;
}

interface StreamBody {
  readonly state: string;
  readonly tracks: readonly object[];
}

const LIVE_MS = 20_000;
const POLL_MS = 50;

/** Starts a preset as an operator does, on any free ports; `more` are settings. */
export async function startSite(preset: string, more: readonly string[] = []): Promise<Site> {
  const data = mkdtempSync(join(tmpdir(), 'sluice-conformance-'));
  const settings = ['engine.host=127.0.0.1', ...pluginsOf(preset).flatMap((plugin) => SETTINGS[plugin] ?? []), ...more];
  const args = [bin, 'start', preset, '--data', data, ...settings.flatMap((setting) => ['--set', setting])];
  const server = start(process.execPath, args, { timeoutMs: 300_000, cwd: data });
  const started: Running[] = [];
  await server.wrote(/\/docs/);
  const key = readFileSync(join(data, 'secrets/api-key'), 'utf8').trim();
  const address = (listener: string): string => {
    const found = server.output().match(new RegExp(`^ +${listener} +(?:tcp|udp) (\\S+)`, 'm'))?.[1];
    if (found === undefined) throw new Error(`${preset} has no ${listener} in its banner`);
    return found;
  };
  const get = async (path: string, init: RequestInit = {}): Promise<{ readonly status: number; readonly text: string }> => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const response = await fetch(`http://${address('http')}/api/v1${path}`, { ...init, headers });
    return { status: response.status, text: await response.text() };
  };
  return {
    address,
    url: (protocol, path) => `${protocol}://${address(protocol === 'ws' ? 'http' : protocol)}/${path}`,
    api: async <T>(path: string, body?: object): Promise<T> => {
      const { status, text } = await get(path, body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) });
      if (status >= 300) throw new Error(`${path}: ${status} ${text}`);
      return JSON.parse(text) as T;
    },
    live: async (path) => {
      let seen = '';
      for (const end = performance.now() + LIVE_MS; performance.now() < end; await new Promise((resolve) => setTimeout(resolve, POLL_MS))) {
        const { status, text } = await get(`/streams/${path}`);
        seen = status === 200 ? text : String(status);
        if (status !== 200) continue;
        const { state, tracks } = JSON.parse(text) as StreamBody;
        if (state === 'live' && tracks.length === 2) return;
      }
      throw new Error(`${path} was not live within ${LIVE_MS / 1000} s: ${seen}`);
    },
    start: (command, args) => {
      const program = start(command, args, { timeoutMs: 120_000, env: { UV_THREADPOOL_SIZE: '64' } });
      started.push(program);
      return program;
    },
    stop: async () => {
      await Promise.all(started.map((program) => program.stop('SIGKILL')));
      await server.stop();
      rmSync(data, { recursive: true, force: true });
    },
  };
}
