import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunOf } from './support/access-units.js';
import { forward } from './support/forwarder.js';
import { media } from './support/paths.js';
import { playedSlices, sliceHashes } from './support/pictures.js';
import { describeWith, killAll, run, start } from './support/programs.js';
import { sendProgramStream } from './support/ps-sender.js';
import { freePort, type Server, startServer, streamState } from './support/server.js';
import { type AnsweringCamera, answer, keepalive, register, type SippCamera } from './support/sipp.js';

const DEVICE = '34020000001320000001';
const NEEDS = { programs: ['ffmpeg', 'sipp'], files: [media('avatar.h264'), media('avatar.h265')] };

interface StreamBody {
  readonly state: string;
  readonly tracks: readonly { readonly codec: string; readonly width: number; readonly height: number }[];
}

interface Device {
  readonly id: string;
  readonly online: boolean;
}

/** A program stream made by ffmpeg out of an elementary stream, without touching its units. */
async function programStream(codec: 'h264' | 'h265'): Promise<Buffer> {
  const file = join(tmpdir(), `sluice-${process.pid}-${codec}.ps`);
  await run('ffmpeg', ['-v', 'error', '-y', '-framerate', '25', '-i', media(`avatar.${codec}`), '-c', 'copy', '-f', 'vob', '-muxrate', '10000k', file]);
  const bytes = readFileSync(file);
  rmSync(file);
  return bytes;
}

describeWith(NEEDS, 'presence of a GB28181 camera (SIPp)', () => {
  let server: Server;
  let camera: SippCamera;
  let password: string;

  beforeAll(async () => {
    server = await startServer('gateway', ['gb28181.keepaliveSeconds=2']);
    password = readFileSync(join(server.data, 'secrets/gb28181-password'), 'utf8').trim();
    camera = { id: DEVICE, port: await freePort(), platform: `127.0.0.1:${server.ports.sip}`, transport: 'udp' };
  }, 60_000);
  afterAll(async () => {
    await server.stop();
    await killAll();
  }, 30_000);

  const online = async (): Promise<boolean> => {
    const { body } = await server.api<{ items: Device[] }>('/gb28181/devices');
    return body.items.some((device) => device.id === DEVICE && device.online);
  };

  it('is refused with a wrong password, accepted with the right one, kept online by keepalives and lost without', async () => {
    expect((await register(camera, 'wrong', 403)).code).toBe(0);
    expect(await online()).toBe(false);
    expect((await register(camera, password)).code).toBe(0);
    expect(await online()).toBe(true);
    expect((await keepalive(camera)).code).toBe(0);
    const offline = eventStream(server, 'gb28181.device.offline');
    expect(await online()).toBe(true);
    expect(await offline).toContain(DEVICE);
    expect(await online()).toBe(false);
  }, 60_000);
});

describeWith(NEEDS, 'a GB28181 camera (SIPp) and its picture', () => {
  let server: Server;
  let camera: SippCamera;
  let password: string;
  let answering: AnsweringCamera | undefined;
  let sender: { stop(): void } | undefined;

  beforeAll(async () => {
    // More than the slowest start of a player: who has none after that is told BYE.
    server = await startServer('all-in-one', ['engine.idleSeconds=5']);
    password = readFileSync(join(server.data, 'secrets/gb28181-password'), 'utf8').trim();
    camera = { id: DEVICE, port: await freePort(), platform: `127.0.0.1:${server.ports.sip}`, transport: 'udp' };
  }, 60_000);
  afterAll(async () => {
    await server.stop();
    await killAll();
  }, 30_000);
  afterEach(async () => {
    sender?.stop();
    await server.api(`/streams/gb/${DEVICE}`, { method: 'DELETE' });
    await answering?.program.stop('SIGKILL');
    answering = undefined;
  });

  it.each(['udp', 'tcp-passive'] as const)(
    'is invited by a viewer, plays over %s, and gets BYE when the viewer has gone',
    async (transport) => {
      const source = sliceHashes(readFileSync(media('avatar.h264')), 'h264');
      expect((await register(camera, password)).code).toBe(0);
      answering = answer(camera);
      const url = server.url('http', `gb/${DEVICE}.flv`);
      const asked = transport === 'udp' ? undefined : server.api(`/gb28181/channels/${DEVICE}/play`, post({ transport }));
      const first = transport === 'udp' ? playedSlices(url, 4) : undefined;
      const invited = await answering.invited;
      const viewers = [first ?? playedSlices(url, 4), playedSlices(url, 3)];
      expect(invited.transport).toBe(transport === 'udp' ? 'udp' : 'tcp');
      sender = sendProgramStream(await programStream('h264'), invited);
      expect((await asked)?.status ?? 200).toBe(200);
      for (const viewer of await Promise.all(viewers)) {
        expect(viewer.length).toBeGreaterThan(50);
        expect(isRunOf(viewer, source)).toBe(true);
      }
      expect(answering.invites()).toBe(1);
      await answering.byed;
    },
    60_000,
  );

  it('shows H.265 as H.265', async () => {
    expect((await register(camera, password)).code).toBe(0);
    answering = answer(camera);
    const viewer = start('curl', ['-sN', server.url('http', `gb/${DEVICE}.flv`)]);
    sender = sendProgramStream(await programStream('h265'), await answering.invited);
    const info = await streamState<StreamBody>(server, `gb/${DEVICE}`, ({ state }) => state === 'live');
    expect(info.tracks).toMatchObject([{ codec: 'h265', width: 768, height: 320 }]);
    // Enhanced RTMP: key frame 1, packet type 0 (sequence start) and 1 (coded frames), FourCC.
    await viewer.wrote(/\x90hvc1[\s\S]*\x93hvc1/);
    await viewer.stop('SIGKILL');
  }, 60_000);
});

describeWith(NEEDS, 'a camera behind a port forwarder', () => {
  afterAll(killAll);

  it('registers and plays at the advertised addresses', async () => {
    const outsideSip = { host: '127.0.0.2', port: await freePort() };
    const outsideRtp = { host: '127.0.0.2', port: await freePort() };
    const advertise = [`gb28181.sip.advertise=127.0.0.2:${outsideSip.port}`, `rtp-ps.advertise=127.0.0.2:${outsideRtp.port}`];
    const server = await startServer('all-in-one', advertise);
    const forwarders = [
      await forward(outsideSip, { host: '127.0.0.1', port: server.ports.sip }),
      await forward(outsideRtp, { host: '127.0.0.1', port: server.ports.rtp }),
    ];
    const camera: SippCamera = { id: DEVICE, port: await freePort(), platform: `127.0.0.2:${outsideSip.port}`, transport: 'udp' };
    const password = readFileSync(join(server.data, 'secrets/gb28181-password'), 'utf8').trim();
    expect((await register(camera, password)).code).toBe(0);
    const answering = answer(camera);
    const playing = playedSlices(server.url('http', `gb/${DEVICE}.flv`), 2);
    const invited = await answering.invited;
    expect({ host: invited.host, port: invited.port }).toEqual(outsideRtp);
    const sender = sendProgramStream(await programStream('h264'), invited);
    expect((await playing).length).toBeGreaterThan(20);
    sender.stop();
    const stopped = server.stop();
    await answering.byed;
    expect((await stopped).code).toBe(0);
    for (const forwarder of forwarders) forwarder.close();
  }, 60_000);
});

function post(body: unknown): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

/** Resolves with the first event of a type, read by curl. */
async function eventStream(server: Server, type: string): Promise<string> {
  const key = readFileSync(join(server.data, 'secrets/api-key'), 'utf8').trim();
  const curl = start('curl', ['-sN', '-H', `Authorization: Bearer ${key}`, `${server.url('http', 'api/v1/events')}?types=${type}`]);
  const [found] = await curl.wrote(/data: .*\n/);
  await curl.stop('SIGKILL');
  return found;
}
