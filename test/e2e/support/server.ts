import { randomInt } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './paths.js';
import { type Ended, type Running, start } from './programs.js';

/** A Sluice process under test. */
export interface Server {
  readonly ports: Ports;
  readonly data: string;
  readonly program: Running;
  /** Dies as by `kill -9` and starts again with the same data and ports. */
  restart(): Promise<Server>;
  /** Calls the API with the server's key; answers the parsed body. */
  api<T>(path: string, init?: RequestInit): Promise<{ readonly status: number; readonly body: T }>;
  url(protocol: 'http' | 'ws' | 'rtmp' | 'rtsp', path: string): string;
  stop(signal?: NodeJS.Signals): Promise<Ended>;
}

export interface Ports {
  readonly http: number;
  readonly rtmp: number;
  readonly rtsp: number;
  readonly sip: number;
  readonly rtp: number;
}

/** Test files that run at once have ports of their own: what is free when it is looked at may be another's a second later. */
const WORKERS = 4;
const worker = (Number(process.env.JEST_WORKER_ID ?? 1) - 1) % WORKERS;
/** Below the ports that the system gives to whoever connects. */
const PORTS = 20_000 / WORKERS;
const FIRST_PORT = 10_000 + worker * PORTS;
const taken = new Set<number>();

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)));
  });

/** A port nobody listens on now, for UDP as good as for TCP; never the same one twice. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + randomInt(PORTS);
    if (taken.has(port)) continue;
    taken.add(port);
    if (await isFree(port)) return port;
  }
}

/** Starts a preset as an operator does and waits for its banner. It is killed after `timeoutMs` at the latest. */
export async function startServer(
  preset: 'all-in-one' | 'gateway' | 'server',
  set: readonly string[] = [],
  before?: Pick<Server, 'data' | 'ports'>,
  { timeoutMs = 300_000, env = {} }: { readonly timeoutMs?: number; readonly env?: Record<string, string> } = {},
): Promise<Server> {
  const data = before?.data ?? mkdtempSync(join(tmpdir(), 'sluice-e2e-'));
  const ports: Ports = before?.ports ?? {
    http: await freePort(),
    rtmp: await freePort(),
    rtsp: await freePort(),
    sip: await freePort(),
    rtp: await freePort(),
  };
  const camera = preset === 'server' ? [] : [`gb28181.sip.port=${ports.sip}`, `rtp-ps.port=${ports.rtp}`];
  const settings = [
    `http.port=${ports.http}`,
    `rtmp.port=${ports.rtmp}`,
    `rtsp.port=${ports.rtsp}`,
    'rtsp.udpPort=0',
    'engine.host=127.0.0.1',
    'engine.rehearse=false',
    ...camera,
    ...set,
  ];
  const args = [join(root, 'core/bin/sluice.js'), 'start', preset, '--data', data, ...settings.flatMap((setting) => ['--set', setting])];
  const program = start(process.execPath, args, { timeoutMs, env, cwd: data });
  await program.wrote(/\/docs/);
  const key = readFileSync(join(data, 'secrets/api-key'), 'utf8').trim();
  return {
    ports,
    data,
    program,
    restart: async () => {
      await program.stop('SIGKILL');
      return startServer(preset, set, { data, ports }, { timeoutMs, env });
    },
    api: async (path, init = {}) => {
      const response = await fetch(`http://127.0.0.1:${ports.http}/api/v1${path}`, { ...init, headers: { ...init.headers, authorization: `Bearer ${key}` } });
      const text = await response.text();
      return { status: response.status, body: text === '' ? undefined : JSON.parse(text) };
    },
    url: (protocol, path) => `${protocol}://127.0.0.1:${protocol === 'rtmp' || protocol === 'rtsp' ? ports[protocol] : ports.http}/${path}`,
    stop: async (signal = 'SIGTERM') => {
      const ended = await program.stop(signal);
      rmSync(data, { recursive: true, force: true });
      return ended;
    },
  };
}

/** Resolves with the stream's info once `matches`; asks the API until then. */
export async function streamState<T extends { readonly state: string }>(
  server: Server,
  path: string,
  matches: (stream: T) => boolean,
  timeoutMs = 15_000,
): Promise<T> {
  const deadline = AbortSignal.timeout(timeoutMs);
  for (;;) {
    const { status, body } = await server.api<T>(`/streams/${path}`, { signal: deadline });
    if (status === 200 && matches(body)) return body;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
