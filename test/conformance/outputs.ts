import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { dumpWebSocket } from '../e2e/support/ws-dump.js';
import { type Film, must, remuxScript } from './materials.js';
import type { Site } from './site.js';
import { readUnits, type Units } from './units.js';

/** Of a stream's time. */
const SECONDS = 2.2;

/** A way out: a column of the table. */
export interface Output {
  readonly name: string;
  /** Plugins that a preset needs for it. */
  readonly plugins: readonly string[];
  /** True where decoding times are sent. */
  readonly hasDts: boolean;
  /** Plays a stream for a while with a program that is not ours. */
  play(site: Site, path: string, film: Film, folder: string): Promise<Units>;
}

/** Reads FLV or RTMP: ffmpeg, or by way of node-av's where ffmpeg cannot. */
async function readFlv(source: string, { material }: Film, folder: string): Promise<Units> {
  const input = existsSync(source) ? [] : ['-rw_timeout', '10000000'];
  if (!material.needsRemux) return readUnits(source, material, folder, { seconds: SECONDS, input });
  const file = join(folder, `${randomUUID()}.nut`);
  await must(process.execPath, [remuxScript, source, file, '--format', 'nut', '--seconds', String(SECONDS)]);
  return readUnits(file, material, folder);
}

const rtsp = (transport: 'tcp' | 'udp'): Output => ({
  name: `RTSP ${transport.toUpperCase()}`,
  plugins: ['rtsp'],
  hasDts: false,
  play: (site, path, { material }, folder) =>
    readUnits(site.url('rtsp', path), material, folder, { seconds: SECONDS, input: ['-rtsp_transport', transport, '-timeout', '10000000'] }),
});

/** Every way out. A new one is an entry here. */
export const outputs: readonly Output[] = [
  { name: 'RTMP', plugins: ['rtmp'], hasDts: true, play: (site, path, film, folder) => readFlv(site.url('rtmp', path), film, folder) },
  rtsp('tcp'),
  rtsp('udp'),
  {
    name: 'HTTP-FLV',
    plugins: ['http-flv'],
    hasDts: true,
    play: (site, path, film, folder) => readFlv(site.url('http', `${path}.flv?audio=original`), film, folder),
  },
  {
    name: 'WS-FLV',
    plugins: ['ws-flv'],
    hasDts: true,
    play: async (site, path, film, folder) => {
      const file = join(folder, `${randomUUID()}.flv`);
      const { video, audio } = film.units;
      const bytesPerMs = (video.bytes.length + audio.bytes.length) / (audio.packets.at(-1)?.ptsMs ?? 1);
      await dumpWebSocket(site.url('ws', `${path}.flv?audio=original`), file, Math.round((SECONDS + 0.5) * 1000 * bytesPerMs));
      return readFlv(file, film, folder);
    },
  },
];
