import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Running, run, start } from '../e2e/support/programs.js';
import { streamState } from '../e2e/support/server.js';
import { witnessFile } from '../e2e/support/witness.js';
import type { FreshServer } from './fresh.js';

/** Path of the reference stream. */
export const REFERENCE = 'live/reference';
const LONGEST_MS = 3 * 3_600_000;

/** The shared film; where there is none, one that ffmpeg makes. */
async function film(): Promise<string> {
  if (existsSync(witnessFile)) return witnessFile;
  const file = join(mkdtempSync(join(tmpdir(), 'sluice-scorecard-')), 'film.flv');
  const picture = ['-f', 'lavfi', '-i', 'testsrc2=s=640x360:r=25', '-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=44100'];
  const { code, stderr } = await run('ffmpeg', ['-v', 'error', ...picture, '-t', '20', '-c:v', 'libx264', '-g', '50', '-bf', '0', '-c:a', 'aac', '-y', file]);
  if (code !== 0) throw new Error(`ffmpeg: ${stderr}`);
  return file;
}

/** Has ffmpeg publish the reference stream for as long as it may; resolves when it is live. */
export async function publishReference({ server }: FreshServer, query = ''): Promise<Running> {
  const url = server.url('rtmp', REFERENCE) + (query === '' ? '' : `?${query}`);
  const publisher = start('ffmpeg', ['-v', 'error', '-re', '-stream_loop', '-1', '-i', await film(), '-c', 'copy', '-f', 'flv', url], {
    timeoutMs: LONGEST_MS,
  });
  await Promise.race([
    streamState(server, REFERENCE, (stream: { state: string }) => stream.state === 'live'),
    publisher.ended.then(({ stderr }) => Promise.reject(new Error(`ffmpeg could not publish: ${stderr}`))),
  ]);
  return publisher;
}
