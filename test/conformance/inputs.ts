import { type Film, remuxScript } from './materials.js';
import { bin, cameraPassword, type Site } from './site.js';

/** Where a film is published: the preset under test, and a server it can pull from. */
export interface Place {
  readonly site: Site;
  readonly origin: Site;
}

/** A way in: a row of the table. */
export interface Input {
  readonly name: string;
  /** Plugins that a preset needs for it. */
  readonly plugins: readonly string[];
  /** Starts to send a film; resolves with the stream's path. */
  send(place: Place, film: Film): Promise<string>;
}

const pathOf = (input: string, { material }: Film): string => `live/${input.replaceAll(' ', '-')}.${material.slug}`;

/** Publishes by RTMP: ffmpeg, or node-av's where ffmpeg cannot. */
export async function publishRtmp(site: Site, film: Film, path: string): Promise<void> {
  const url = site.url('rtmp', path);
  if (film.material.needsRemux) site.start(process.execPath, [remuxScript, film.file, url, '--pace']);
  else site.start('ffmpeg', ['-v', 'error', '-re', '-i', film.file, '-c', 'copy', '-f', 'flv', url]);
  await site.live(path);
}

const rtmp: Input = {
  name: 'RTMP',
  plugins: ['rtmp'],
  send: async ({ site }, film) => {
    const path = pathOf('rtmp', film);
    await publishRtmp(site, film, path);
    return path;
  },
};

const rtsp = (transport: 'tcp' | 'udp'): Input => ({
  name: `RTSP ${transport.toUpperCase()}`,
  plugins: ['rtsp'],
  send: async ({ site }, film) => {
    const path = pathOf(`rtsp ${transport}`, film);
    site.start('ffmpeg', ['-v', 'error', '-re', '-i', film.file, '-c', 'copy', '-f', 'rtsp', '-rtsp_transport', transport, site.url('rtsp', path)]);
    await site.live(path);
    return path;
  },
});

let cameras = 0;

/** A camera of ours: what it sends is read by ffmpeg at the other end. */
const gb28181 = (transport: 'udp' | 'tcp-passive' | 'tcp-active'): Input => ({
  name: `GB28181 ${transport === 'udp' ? 'UDP' : transport.replace('tcp', 'TCP')}`,
  plugins: ['gb28181'],
  send: async ({ site }, film) => {
    const id = `3402000000132${String(++cameras).padStart(7, '0')}`;
    const camera = site.start(process.execPath, [
      bin,
      'camera',
      ...['--server', site.address('sip-udp')],
      ...['--password', cameraPassword],
      ...['--id', id],
      ...['--file', film.flv],
    ]);
    await camera.wrote(/is registered/);
    const { path } = await site.api<{ path: string }>(`/gb28181/channels/${id}/play`, { transport });
    await site.live(path);
    return path;
  },
});

const pull = (name: string, url: (origin: Site, path: string) => string, plugins: readonly string[], options: object = {}): Input => ({
  name: `pull ${name}`,
  plugins: ['relay', ...plugins],
  send: async ({ site, origin }, film) => {
    const path = pathOf(`pull ${name}`, film);
    await publishRtmp(origin, film, path);
    await site.api('/pulls', { path, url: url(origin, path), ...options });
    await site.live(path);
    return path;
  },
});

/** Every way in. A new one is an entry here. */
export const inputs: readonly Input[] = [
  rtmp,
  rtsp('tcp'),
  rtsp('udp'),
  gb28181('udp'),
  gb28181('tcp-passive'),
  gb28181('tcp-active'),
  pull('RTMP', (origin, path) => origin.url('rtmp', path), ['rtmp']),
  pull('RTSP TCP', (origin, path) => origin.url('rtsp', path), ['rtsp'], { transport: 'tcp' }),
  pull('RTSP UDP', (origin, path) => origin.url('rtsp', path), ['rtsp'], { transport: 'udp' }),
  pull('HTTP-FLV', (origin, path) => origin.url('http', `${path}.flv?audio=original`), ['http-flv']),
];
