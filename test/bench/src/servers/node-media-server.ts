import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from '../bench.js';
import { peersFolder } from '../paths.js';
import { listening, SERVER_CORE } from '../process.js';
import { type BenchServer, freePort, type RunningServer } from './server.js';

const program = join(peersFolder, 'node_modules/node-media-server/bin/app.js');

/** Only what is measured: no TLS, no record, no administration page. The secrets are set so that it writes none. */
const config = (rtmp: number, http: number, folder: string): unknown => ({
  bind: '127.0.0.1',
  notify: { url: '' },
  store: { path: join(folder, 'data'), maxHistory: 100 },
  auth: { play: false, publish: false, secret: 'benchmark' },
  rtmp: { port: rtmp },
  http: { port: http },
  webadmin: { enable: false },
  record: { auto: false, path: join(folder, 'record') },
});

async function start(bench: Bench): Promise<RunningServer> {
  const folder = mkdtempSync(join(bench.temporary, 'nms-'));
  const [rtmp, http] = [await freePort(), await freePort()];
  const file = join(folder, 'config.json');
  writeFileSync(file, JSON.stringify(config(rtmp, http, folder)));
  const running = bench.programs.start(process.execPath, [program, '-c', file, '--no-admin'], {
    core: SERVER_CORE,
    cwd: folder,
    log: bench.log('node-media-server'),
  });
  await listening(running, [rtmp, http]);
  const flv = { port: http, path: '/live/s%d.flv' };
  return { program: running, rtmp: { port: rtmp, app: 'live' }, play: { 'http-flv': flv, 'ws-flv': flv, 'rtmp-play': { port: rtmp, path: '/live/s%d' } } };
}

/** Node-Media-Server of npm. */
export const nodeMediaServer: BenchServer = {
  id: 'node-media-server',
  title: 'Node-Media-Server',
  role: 'peer',
  missing: () => (existsSync(program) ? undefined : 'node-media-server is not installed'),
  start,
};
