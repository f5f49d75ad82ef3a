import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from '../bench.js';
import { sourceFile, toolsFolder } from '../paths.js';
import { listening, SERVER_CORE } from '../process.js';
import { type BenchServer, freePort, type RunningServer } from './server.js';

/** Longer than any measurement: a floor ends by itself. */
const SECONDS = 600;

/** Range for floors that listen on a port for each stream; below the ports that are handed out. */
const RTP_PORT = 12_000;

const node = (name: string): string => join(toolsFolder, 'node', name);

async function delivery(bench: Bench, command: string, args: readonly (string | number)[]): Promise<RunningServer> {
  const port = await freePort();
  const program = bench.programs.start(command, [...args, '--file', sourceFile, '--dur', SECONDS, '--port', port], {
    core: SERVER_CORE,
    log: bench.log('floors'),
  });
  await listening(program, [port]);
  return { program, play: { 'http-flv': { port, path: '/live/s%d.flv' } } };
}

function nodeFloor(id: string, title: string, batch: number): BenchServer {
  return { id, title, role: 'floor', start: (bench) => delivery(bench, process.execPath, [node('floor.mjs'), '--mode', 'concat', `--batch=${batch}`]) };
}

function cFloor(id: string, title: string, batch: number): BenchServer {
  return { id, title, role: 'floor', start: (bench) => delivery(bench, join(toolsFolder, 'bin/floor'), ['--batch-ms', batch]) };
}

/** Node that only writes, at each video frame. */
export const floorNode = nodeFloor('floor-node', 'Node that only writes', -1);

/** Node that only writes, every 50 ms. */
export const floorNode50 = nodeFloor('floor-node-50', 'Node that only writes, 50 ms', 50);

/** C that only writes, at each video frame. */
export const floorC = cFloor('floor-c', 'C that only writes', -1);

/** C that only writes, every 50 ms. */
export const floorC50 = cFloor('floor-c-50', 'C that only writes, 50 ms', 50);

/** Node that answers with a group of pictures and does nothing else. */
export const floorGop: BenchServer = {
  id: 'floor-node-gop',
  title: 'Node that only answers',
  role: 'floor',
  start: (bench) => delivery(bench, process.execPath, [join(import.meta.dirname, '../gop-server.js')]),
};

/** Node that reads RTMP, puts messages together and keeps a GOP. */
export const floorRtmpIngest: BenchServer = {
  id: 'floor-node-rtmp',
  title: 'Node that only reads RTMP',
  role: 'floor',
  start: async (bench) => {
    const port = await freePort();
    const args = [node('rtmp-ingest-floor.mjs'), '--port', port, '--dur', SECONDS];
    const program = bench.programs.start(process.execPath, args, { core: SERVER_CORE, log: bench.log('floors') });
    await listening(program, [port]);
    return { program, rtmp: { port, app: 'live' } };
  },
};

/** Node that reads RTP and gathers frames, without looking into the program stream. */
export function floorRtp(proto: 'tcp' | 'udp'): BenchServer {
  return {
    id: `floor-node-rtp-${proto}`,
    title: 'Node that only reads RTP',
    role: 'floor',
    start: async (bench) => {
      const args = [node('ingest-floor.mjs'), '--proto', proto, '--count', 200, '--port', RTP_PORT, '--dur', SECONDS];
      const program = bench.programs.start(process.execPath, args, { core: SERVER_CORE, log: bench.log('floors') });
      if (proto === 'tcp') await listening(program, [RTP_PORT, RTP_PORT + 398]);
      else await sleep(1500);
      return { program, rtp: { port: RTP_PORT, step: 2, ssrc: 100_000_001 } };
    },
  };
}
