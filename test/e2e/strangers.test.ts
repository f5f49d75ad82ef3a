import { randomBytes } from 'node:crypto';
import { crowd } from './support/crowd.js';
import { describeWith, killAll, type Running, run, start } from './support/programs.js';
import { type Server, startServer } from './support/server.js';

const COUNT = 300;
const CAP = 64;

/** Those beyond the cap are gone after a second; the machine may be busy. */
const SOON_MS = 6000;
/** How long the slowest may stay: time-outs are 10 s, and looked at now and then. */
const LONGEST_MS = 12_000;

type PortName = 'http' | 'rtmp' | 'rtsp' | 'sip' | 'rtp';

/** What each does that opens a connection and gets nowhere. */
const OPENINGS: readonly (readonly [name: string, openings: Readonly<Record<PortName, Uint8Array | string>>, trickle: string])[] = [
  ['silence', { http: '', rtmp: '', rtsp: '', sip: '', rtp: '' }, ''],
  [
    'half a handshake or head, and a byte a second of it',
    {
      http: 'GET /live/demo.flv HTTP/1.1\r\nHost: a\r\nX-Slow: ',
      rtmp: Buffer.concat([Buffer.from([3]), randomBytes(700)]),
      rtsp: 'OPTIONS rtsp://127.0.0.1/live/demo RTSP/1.0\r\nCSeq: ',
      sip: 'REGISTER sip:34020000002000000001@3402000000 SIP/2.0\r\nVia: ',
      rtp: Buffer.from([0x05, 0x00, 0x80, 0x60]),
    },
    '1',
  ],
];

describeWith({ programs: ['ffmpeg', 'curl'] }, 'connections that get nowhere', () => {
  let server: Server;
  let viewer: Running;
  beforeAll(async () => {
    server = await startServer('all-in-one', ['synthetic.streams=[{ path: live/demo }]']);
    viewer = start('ffmpeg', ['-v', 'error', '-nostats', '-progress', 'pipe:1', '-i', server.url('rtmp', 'live/demo'), '-c', 'copy', '-f', 'null', '-']);
    await viewer.wrote(/out_time_ms=[1-9]/);
  }, 60_000);
  afterAll(async () => {
    await server?.stop();
    await killAll();
  }, 30_000);

  const healthy = async (): Promise<string> => (await run('curl', ['-sS', server.url('http', 'healthz')])).stdout.toString();

  it.each(OPENINGS)(
    'are closed, on every port: %s',
    async (_name, openings, trickle) => {
      const names = Object.keys(openings) as PortName[];
      const crowds = names.map((name) => crowd(server.ports[name], COUNT, openings[name], trickle));
      // Those beyond the cap go first. While it is reached the next one goes at once, unless it says what it wants.
      const late = new Promise((resolve) => setTimeout(resolve, 3000)).then(async () => {
        const lasted = await Promise.all(names.map((name) => crowd(server.ports[name], 1, '').lasted));
        return { slowestMs: Math.max(...lasted.flat()), health: await healthy() };
      });
      const all = await Promise.all(crowds.map(({ lasted }) => lasted));
      expect(names.map((name, index) => ({ name, cut: (all[index] ?? []).filter((ms) => ms < SOON_MS).length }))).toEqual(
        names.map((name) => ({ name, cut: COUNT - CAP })),
      );
      for (const [index, lasted] of all.entries())
        expect({ port: names[index], isLate: Math.max(...lasted) > LONGEST_MS }).toEqual({ port: names[index], isLate: false });
      const { slowestMs, health } = await late;
      expect(slowestMs).toBeLessThan(1500);
      expect(health).toBe('{"status":"running"}');
      // Whoever was admitted goes on, and the server takes others again.
      expect(viewer.process.exitCode).toBeNull();
      expect(await healthy()).toBe('{"status":"running"}');
    },
    40_000,
  );
});
