import { type Running, run, start } from '../../../e2e/support/programs.js';
import type { Fresh } from '../../types.js';

const picture = (seconds: number): string[] => [
  '-re',
  '-f',
  'lavfi',
  '-i',
  'testsrc=size=320x240:rate=10',
  '-t',
  String(seconds),
  '-c:v',
  'libx264',
  '-preset',
  'ultrafast',
  '-g',
  '10',
  '-pix_fmt',
  'yuv420p',
];

/** ffmpeg publishes by RTMP for so long. */
export async function publishFlv(server: Fresh, path: string, seconds: number): Promise<void> {
  await run('ffmpeg', ['-v', 'error', ...picture(seconds), '-f', 'flv', server.url('rtmp', path)]);
}

/** ffmpeg publishes by RTMP until it is stopped; resolves once the stream is live. */
export async function publishing(server: Fresh, path: string, query = ''): Promise<Running> {
  const program = start('ffmpeg', ['-v', 'error', ...picture(3600), '-f', 'flv', server.url('rtmp', `${path}${query}`)]);
  const end = performance.now() + 20_000;
  for (;;) {
    const { status, body } = await server.api<{ readonly state: string }>(`/streams/${path}`);
    if (status === 200 && body.state === 'live') return program;
    if (performance.now() > end) throw new Error(`ffmpeg could not publish ${path}: ${program.output().slice(-300)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
