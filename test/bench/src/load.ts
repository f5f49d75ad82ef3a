import { join } from 'node:path';
import type { Bench } from './bench.js';
import { sourceFile, toolsFolder } from './paths.js';
import { type Program, SERVER_CORE, TOOLS_CORE, until } from './process.js';
import { median } from './results.js';

/** How viewers play. */
export type Kind = 'http-flv' | 'ws-flv' | 'rtmp-play' | 'rtsp-tcp-play';

/** Where viewers play; `%d` in the path is the stream's number. */
export interface PlayAddress {
  readonly port: number;
  readonly path: string;
  /** Number of the first stream; 0 where it is left out. */
  readonly first?: number;
}

/** What `fanout` prints, as far as it is used here. */
export interface FanoutResult {
  readonly n: number;
  readonly alive: number;
  readonly errors: number;
  readonly error: string;
  readonly no_key: number;
  readonly window_s: number;
  readonly gb: number;
  readonly verified: number;
  readonly under_delivered: number;
  readonly stalls: number;
  readonly gaps: number;
  readonly first_key_ms: { readonly p50: number; readonly p99: number };
  readonly latency_ms: { readonly n: number; readonly p50: number; readonly p99: number; readonly max: number };
  readonly client_cpu_s: number;
  readonly server: {
    readonly cpu_s: number;
    readonly cpu_s_per_gb: number;
    readonly core_pct: number;
    readonly rss_before_kb: number;
    readonly rss_kb: number;
  };
}

/** What `fanout --join` prints. */
export interface JoinResult {
  readonly join: number;
  readonly got_key: number;
  readonly first_byte_ms: { readonly p50: number; readonly max: number };
  readonly first_key_ms: { readonly p50: number; readonly p90: number; readonly max: number };
  readonly error: string;
}

/** What the senders print. */
export interface SenderResult {
  readonly live: number;
  readonly errors: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly max_lag_ms: number;
}

/** A sender that runs. */
export interface Sender {
  /** Ends it; resolves with what it sent. */
  finish(): Promise<SenderResult>;
}

const tool = (name: string): string => join(toolsFolder, 'bin', name);

/** The JSON of a tool's last line. Throws where there is none. */
export function lastLine<T>(program: Program, name: string): T {
  const line = program.output().trim().split('\n').pop() ?? '';
  try {
    return JSON.parse(line) as T;
  } catch {
    throw new Error(`${name} gave no result`);
  }
}

async function sender(bench: Bench, name: 'publish' | 'pssend', args: readonly (string | number)[]): Promise<Sender> {
  const program = bench.programs.start(tool(name), ['--file', sourceFile, '--dur', 600, ...args], { core: TOOLS_CORE });
  await until(program, `READY of ${name}`, () => program.output().includes('READY'));
  return {
    finish: async () => {
      await program.stop();
      return lastLine<SenderResult>(program, name);
    },
  };
}

/** Publishes streams s0, s1, … over RTMP. */
export function publish(bench: Bench, address: { readonly port: number; readonly app: string }, count: number): Promise<Sender> {
  const spread = count > 1 ? ['--spread-ms', 7] : [];
  return sender(bench, 'publish', ['--port', address.port, '--app', address.app, '--count', count, ...spread]);
}

/** Sends MPEG-PS over RTP, stream i to `port + step * i` with SSRC `ssrc + i`. */
export function sendPs(
  bench: Bench,
  proto: 'tcp' | 'udp',
  address: { readonly port: number; readonly step: number; readonly ssrc: number },
  count: number,
): Promise<Sender> {
  const { port, step, ssrc } = address;
  return sender(bench, 'pssend', ['--proto', proto, '--port', port, '--step', step, '--ssrc', ssrc, '--count', count, '--spread-ms', 7]);
}

/** Viewers of one measurement. Times in seconds. */
export interface FanoutOptions {
  readonly viewers: number;
  readonly streams?: number;
  readonly timeSeconds?: number;
  readonly settleSeconds?: number;
  /** Share of the viewers whose data is looked at in full. */
  readonly verify?: number;
}

/** Lets viewers play and measures meanwhile. */
export async function fanout(bench: Bench, pid: number, kind: Kind, at: PlayAddress, options: FanoutOptions): Promise<FanoutResult> {
  const settleSeconds = options.settleSeconds ?? bench.options.settleSeconds;
  const time = options.timeSeconds ?? bench.options.timeSeconds;
  const where = ['--kind', kind, '--port', at.port, '--path', at.path, '--first', at.first ?? 0, '--streams', options.streams ?? 1];
  const how = ['--n', options.viewers, '--settle', settleSeconds, '--time', time, '--pid', pid, '--verify', options.verify ?? 1, '--pace-ms', 4];
  const program = bench.programs.start(tool('fanout'), [...where, ...how], { core: TOOLS_CORE });
  const limit = setTimeout(() => void program.stop(), (options.viewers / 400 + settleSeconds + time + 40) * 1000);
  await program.ended;
  clearTimeout(limit);
  return lastLine<FanoutResult>(program, 'fanout');
}

/** Joins one after another at any phase of the GOP. */
export async function joins(bench: Bench, kind: Kind, at: PlayAddress, count: number): Promise<JoinResult> {
  const program = bench.programs.start(tool('fanout'), ['--kind', kind, '--port', at.port, '--path', at.path, '--join', count], { core: TOOLS_CORE });
  await program.ended;
  return lastLine<JoinResult>(program, 'fanout');
}

/** What the delay reader prints. */
export interface DelayResult {
  /** Pictures looked at. */
  readonly n: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Viewers that only look at delay, wherever in a picture its stamp is; they wake at each arrival. */
export async function delays(bench: Bench, at: PlayAddress, viewers: number): Promise<DelayResult> {
  const args = [join(import.meta.dirname, 'delay-reader.js'), at.port, at.path, at.first ?? 0, viewers, bench.options.timeSeconds];
  const program = bench.programs.start(process.execPath, args, { core: TOOLS_CORE });
  await program.ended;
  return lastLine<DelayResult>(program, 'delay-reader');
}

/** A single one takes 50 ms, in which a shared core may be anything. */
const CALIBRATIONS = 5;

/** CPU microseconds of one fixed piece of socket work on the servers' core now: median of a few. */
export async function calibrate(bench: Bench): Promise<number> {
  const all: number[] = [];
  for (let i = 0; i < CALIBRATIONS; i++) {
    const program = bench.programs.start(tool('calib'), [12_000], { core: SERVER_CORE });
    await program.ended;
    all.push(lastLine<{ us: number }>(program, 'calib').us);
  }
  return median(all);
}
