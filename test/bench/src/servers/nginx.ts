import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench } from '../bench.js';
import { listening, SERVER_CORE } from '../process.js';
import { type BenchServer, freePort, type RunningServer } from './server.js';

const MODULES = ['/usr/lib/nginx/modules', '/usr/lib64/nginx/modules', '/usr/local/lib/nginx/modules'];

function moduleFile(): string | undefined {
  return MODULES.map((folder) => join(folder, 'ngx_rtmp_module.so')).find((file) => existsSync(file));
}

function hasNginx(): boolean {
  try {
    execFileSync('nginx', ['-v'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const config = (folder: string, port: number): string => `
load_module ${moduleFile()};
daemon off;
worker_processes 1;
worker_rlimit_nofile 16384;
pid ${folder}/pid;
error_log ${folder}/error.log warn;
events { worker_connections 8192; }
rtmp {
  access_log off;
  server {
    listen 127.0.0.1:${port};
    application live { live on; }
  }
}
`;

async function start(bench: Bench): Promise<RunningServer> {
  const folder = mkdtempSync(join(bench.temporary, 'nginx-'));
  const port = await freePort();
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, config(folder, port));
  const program = bench.programs.start('nginx', ['-p', folder, '-e', join(folder, 'error.log'), '-c', file], {
    core: SERVER_CORE,
    log: bench.log('nginx-rtmp'),
  });
  await listening(program, [port]);
  return { program, rtmp: { port, app: 'live' }, play: { 'rtmp-play': { port, path: '/live/s%d' } } };
}

/** nginx with its RTMP module: one worker, defaults, no access log. */
export const nginx: BenchServer = {
  id: 'nginx-rtmp',
  title: 'nginx-rtmp',
  role: 'peer',
  missing: () => (hasNginx() && moduleFile() !== undefined ? undefined : 'nginx or its RTMP module is not installed (Debian: nginx libnginx-mod-rtmp)'),
  start,
};
