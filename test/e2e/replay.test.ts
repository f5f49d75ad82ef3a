import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunOf } from './support/access-units.js';
import { root } from './support/paths.js';
import { playedSlices, sliceHashes } from './support/pictures.js';
import { describeWith, killAll, run, start } from './support/programs.js';
import { type Server, startServer, streamState } from './support/server.js';

const DEVICE = '34020000001320000001';
const PASSWORD = 'not-a-secret';
const BIN = join(root, 'core/bin/sluice.js');
const OTHER_SSRC = { udp: '0200009001', tcp: '0200009002' } as const;

/** RTP payloads of a dump, read as rtptools describe it: a line, 16 bytes, then records of 8 bytes and a packet. */
function payloadsOf(dump: Buffer): Buffer {
  const payloads: Buffer[] = [];
  for (let at = dump.indexOf('\n') + 1 + 16; at + 8 <= dump.length; at += dump.readUInt16BE(at)) {
    const isRtcp = dump.readUInt16BE(at + 2) === 0;
    if (!isRtcp) payloads.push(dump.subarray(at + 8 + 12, at + dump.readUInt16BE(at)));
  }
  return Buffer.concat(payloads);
}

describeWith({ programs: ['ffmpeg'] }, 'a recorded camera', () => {
  let folder: string;
  let server: Server;
  let dump: string;
  let recorded: string[];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-replay-'));
    const film = join(folder, 'film.mp4');
    const picture = [
      '-f',
      'lavfi',
      '-i',
      'testsrc=size=640x360:rate=25:duration=4',
      '-c:v',
      'libx264',
      '-preset',
      'veryfast',
      '-g',
      '25',
      '-pix_fmt',
      'yuv420p',
    ];
    await run('ffmpeg', ['-v', 'error', ...picture, film]);
    server = await startServer('all-in-one', [`gb28181.sip.password=${PASSWORD}`, 'engine.idleSeconds=1', 'rtp-ps.record=[gb/*]', 'rtp-ps.unknownSsrc=adopt']);
    const flags = ['--server', `127.0.0.1:${server.ports.sip}`, '--password', PASSWORD, '--id', DEVICE, '--file', film];
    const camera = start(process.execPath, [BIN, 'camera', ...flags]);
    await camera.wrote(/is registered/);
    const source = await playedSlices(film, 100);
    const live = await playedSlices(server.url('http', `gb/${DEVICE}.flv`), 6);
    expect(isRunOf(live, source)).toBe(true);
    await server.api(`/streams/gb/${DEVICE}`, { method: 'DELETE' });
    await camera.stop('SIGINT');
    const dumps = join(server.data, 'rtp/gb', DEVICE);
    dump = join(dumps, readdirSync(dumps)[0] ?? '');
    writeFileSync(join(folder, 'dump.mpeg'), payloadsOf(readFileSync(dump)));
    const stripped = await run('ffmpeg', ['-v', 'error', '-f', 'mpeg', '-i', join(folder, 'dump.mpeg'), '-map', '0:v', '-c', 'copy', '-f', 'h264', '-']);
    recorded = sliceHashes(stripped.stdout, 'h264');
    expect(recorded.length).toBeGreaterThan(100);
  }, 90_000);
  afterAll(async () => {
    await server.stop();
    await killAll();
    rmSync(folder, { recursive: true });
  }, 30_000);

  it.each(['udp', 'tcp'] as const)(
    'is sent again over %s with the same access units, at its pace',
    async (transport) => {
      const flags = ['--to', `127.0.0.1:${server.ports.rtp}`, '--ssrc', OTHER_SSRC[transport], ...(transport === 'tcp' ? ['--tcp'] : [])];
      const began = performance.now();
      const replay = start(process.execPath, [BIN, 'replay', dump, ...flags]);
      const path = `gb/${OTHER_SSRC[transport]}`;
      await streamState<{ readonly state: string }>(server, path, ({ state }) => state === 'live');
      const played = await playedSlices(server.url('http', `${path}.flv`), 3);
      expect(played.length).toBeGreaterThan(50);
      expect(recorded.join().includes(played.join())).toBe(true);
      const { code, stdout } = await replay.ended;
      expect([code, stdout.toString()]).toEqual([0, expect.stringMatching(/^\d+ packets, \d+ bytes in \d+\.\d s/)]);
      expect(performance.now() - began).toBeGreaterThan(5000);
    },
    60_000,
  );
});
