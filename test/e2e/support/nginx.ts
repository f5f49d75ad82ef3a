import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Running, start } from './programs.js';
import { freePort } from './server.js';

const FOLDERS = ['/usr/lib/nginx/modules', '/usr/lib64/nginx/modules', '/usr/local/lib/nginx/modules'];

/** nginx's RTMP module (Debian: libnginx-mod-rtmp). */
export const NGINX_RTMP = FOLDERS.map((folder) => join(folder, 'ngx_rtmp_module.so')).find(existsSync) ?? join(FOLDERS[0] as string, 'ngx_rtmp_module.so');

/** nginx as an RTMP server with an application `live`. */
export interface NginxRtmp {
  readonly port: number;
  readonly program: Running;
  url(name: string): string;
}

/** Starts one; on the port of another that is gone, where one is given. */
export async function startNginxRtmp(before?: number): Promise<NginxRtmp> {
  const port = before ?? (await freePort());
  const folder = mkdtempSync(join(tmpdir(), 'sluice-nginx-'));
  const config = `load_module ${NGINX_RTMP};
daemon off;
master_process off;
pid ${folder}/pid;
error_log stderr notice;
events {}
rtmp { server { listen 127.0.0.1:${port}; application live { live on; } } }
`;
  writeFileSync(join(folder, 'nginx.conf'), config);
  const program = start('nginx', ['-p', folder, '-e', 'stderr', '-c', join(folder, 'nginx.conf')]);
  void program.ended.then(() => rmSync(folder, { recursive: true, force: true }));
  await program.wrote(/nginx\/\d/);
  return { port, program, url: (name) => `rtmp://127.0.0.1:${port}/live/${name}` };
}
