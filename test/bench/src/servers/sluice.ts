import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from '../bench.js';
import { root } from '../paths.js';
import { listening, SERVER_CORE } from '../process.js';
import { type BenchServer, freePort, type RunningServer } from './server.js';

/** Streams are adopted as gb/SSRC, ten digits. */
const FIRST_SSRC = 100_000_001;

/** Where a Sluice listens. */
export interface Ports {
  readonly http: number;
  readonly rtmp: number;
  readonly rtsp: number;
  readonly sip: number;
  readonly rtp: number;
}

/** Ports that are free now. */
export async function freePorts(): Promise<Ports> {
  return { http: await freePort(), rtmp: await freePort(), rtsp: await freePort(), sip: await freePort(), rtp: await freePort() };
}

/** Starts a preset; `extra` are settings. */
export async function startSluice(bench: Bench, preset: 'server' | 'gateway', id: string, extra: readonly string[], ports?: Ports): Promise<RunningServer> {
  const data = mkdtempSync(join(bench.temporary, 'sluice-'));
  const { http, rtmp, rtsp, sip, rtp } = ports ?? (await freePorts());
  const camera = preset === 'gateway' ? [`gb28181.sip.port=${sip}`, `rtp-ps.port=${rtp}`, 'rtp-ps.unknownSsrc=adopt'] : [];
  const settings = [`http.port=${http}`, `rtmp.port=${rtmp}`, `rtsp.port=${rtsp}`, 'rtsp.udpPort=0', 'engine.host=127.0.0.1', ...camera, ...extra];
  const args = ['start', preset, '--data', data, ...settings.flatMap((setting) => ['--set', setting])];
  const program = bench.programs.start(join(root, 'core/bin/sluice.js'), args, { core: SERVER_CORE, cwd: data, log: bench.log(id) });
  await listening(program, preset === 'gateway' ? [http, rtmp, rtsp, rtp] : [http, rtmp, rtsp]);
  const flv = { port: http, path: '/live/s%d.flv' };
  return {
    program,
    rtmp: { port: rtmp, app: 'live' },
    play: {
      'http-flv': flv,
      'rtmp-play': { port: rtmp, path: '/live/s%d' },
      'rtsp-tcp-play': { port: rtsp, path: '/live/s%d' },
      ...(preset === 'server' ? { 'ws-flv': flv } : {}),
    },
    ...(preset === 'gateway' ? { rtp: { port: rtp, step: 0, ssrc: FIRST_SSRC, play: { port: http, path: '/gb/0%d.flv', first: FIRST_SSRC } } } : {}),
  };
}

/** Preset `server`, as it comes. */
export const sluice: BenchServer = { id: 'sluice', title: 'Sluice', role: 'sluice', start: (bench) => startSluice(bench, 'server', 'sluice', []) };

/** Frames of at least 50 ms in one write. */
export const sluice50: BenchServer = {
  id: 'sluice-50',
  title: 'Sluice, minMergeMs 50',
  role: 'sluice',
  start: (bench) => startSluice(bench, 'server', 'sluice-50', ['engine.delivery.minMergeMs=50']),
};

/** Preset `gateway`; takes any SSRC. */
export const sluiceGateway: BenchServer = {
  id: 'sluice-gateway',
  title: 'Sluice, gateway',
  role: 'sluice',
  start: (bench) => startSluice(bench, 'gateway', 'sluice-gateway', []),
};
