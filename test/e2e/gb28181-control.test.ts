import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { media } from './support/paths.js';
import { describeWith, killAll, run, start } from './support/programs.js';
import { sendProgramStream } from './support/ps-sender.js';
import { freePort, type Server, startServer, streamState } from './support/server.js';
import { type AnsweringCamera, answer, register, type SippCamera } from './support/sipp.js';

const DEVICE = '34020000001320000001';
const NEEDS = { programs: ['ffmpeg', 'sipp', 'curl'], files: [media('avatar.h264')] };
/** Silence that ends a stream which is not held. */
const RECEIVE_TIMEOUT_SECONDS = 2;

interface Playback {
  readonly id: string;
  readonly path: string;
  readonly state: string;
  readonly positionSeconds: number;
  readonly speed: number;
  readonly reason?: string;
}

async function programStream(): Promise<Buffer> {
  const file = join(tmpdir(), `sluice-${process.pid}-recording.ps`);
  await run('ffmpeg', ['-v', 'error', '-y', '-framerate', '25', '-i', media('avatar.h264'), '-c', 'copy', '-f', 'vob', '-muxrate', '10000k', file]);
  const bytes = readFileSync(file);
  rmSync(file);
  return bytes;
}

describeWith(NEEDS, 'a GB28181 recorder (SIPp) is controlled', () => {
  let server: Server;
  let recorder: SippCamera;
  let answering: AnsweringCamera;

  beforeAll(async () => {
    server = await startServer('all-in-one', [
      `rtp-ps.receiveTimeoutSeconds=${RECEIVE_TIMEOUT_SECONDS}`,
      `engine.receiveTimeoutSeconds=${RECEIVE_TIMEOUT_SECONDS}`,
      'gb28181.records.timeoutSeconds=5',
    ]);
    const password = readFileSync(join(server.data, 'secrets/gb28181-password'), 'utf8').trim();
    recorder = { id: DEVICE, port: await freePort(), platform: `127.0.0.1:${server.ports.sip}`, transport: 'udp' };
    expect((await register(recorder, password)).code).toBe(0);
  }, 60_000);
  beforeEach(() => {
    answering = answer(recorder, 'recorder.xml');
  });
  afterEach(async () => {
    await answering.program.stop('SIGKILL');
  });
  afterAll(async () => {
    await server.stop();
    await killAll();
  }, 30_000);

  it.each([
    [{ pan: 1, tilt: 0, zoom: 0 }, 'a50f0101ff0000b5'],
    [{ pan: 200 / 255, tilt: 200 / 255, zoom: -1 }, 'a50f0129c8c8f05e'],
    [{ pan: 0, tilt: 0, zoom: 0 }, 'a50f0100000000b5'],
  ])('moves: %o', async (move, bytes) => {
    expect((await server.api(`/gb28181/channels/${DEVICE}/ptz`, post(move))).status).toBe(204);
    const [, told] = await answering.logged(/PTZ (\w+)/);
    expect(told?.toLowerCase()).toBe(bytes);
  });

  it('lists its recordings over many pages, in UTC', async () => {
    const period = 'start=2022-05-01T00:00:00Z&end=2022-05-02T00:00:00Z';
    const { status, body } = await server.api<{ items: { start: string; name: string }[] }>(`/gb28181/channels/${DEVICE}/records?${period}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ expected: 3, complete: true });
    expect(body.items.map(({ start, name }) => `${start} ${name}`)).toEqual([
      '2022-05-01T00:00:00.000Z gate & yard',
      '2022-05-01T01:00:00.000Z gate & yard',
      '2022-05-01T02:00:00.000Z gate & yard',
    ]);
    expect((await answering.logged(/ASKED (\S+) (\S+)/)).slice(1)).toEqual(['2022-05-01T08:00:00', '2022-05-02T08:00:00']);
  }, 30_000);

  it('plays a recording that pauses for longer than silence may last, seeks, and is over; its viewer stays all the while', async () => {
    const started = server.api<Playback>(`/gb28181/channels/${DEVICE}/playback`, post({ start: '2022-05-01T00:00:00Z', end: '2022-05-01T01:00:00Z' }));
    const invited = await answering.invited;
    expect((await answering.logged(/TIMES (\S+) (\S+) (\S+)/)).slice(1)).toEqual(['1651363200', '1651366800', 'Playback']);
    expect(String(invited.ssrc).padStart(10, '0')).toMatch(/^1/);
    const { status, body } = await started;
    expect(status).toBe(201);
    const { id, path } = body;
    expect(['connecting', 'playing']).toContain(body.state);
    const stream = await programStream();
    let sender = sendProgramStream(stream, invited);
    const viewer = start('curl', ['-sN', server.url('http', `${path}.flv`)]);
    let over = false;
    void viewer.ended.then(() => {
      over = true;
    });
    await viewer.wrote(/FLV/);
    const order = async (name: string, sent?: unknown) => (await server.api<Playback>(`/gb28181/playbacks/${id}/${name}`, post(sent))).body;

    expect(await order('pause')).toMatchObject({ state: 'paused' });
    expect((await answering.logged(/INFO PAUSE (\S+) (\S+) (\S+)/)).slice(1)).toEqual(['MANSRTSP/1.0', 'PauseTime', 'now']);
    sender.stop();
    await new Promise((resolve) => setTimeout(resolve, (RECEIVE_TIMEOUT_SECONDS + 3) * 1000));
    expect(await order('resume')).toMatchObject({ state: 'playing' });
    await answering.logged(/INFO PLAY \S+ Range npt=now-/);
    const silent = await bytesIn(server, path);
    // The device begins anew: sequence numbers and clocks leap.
    sender = sendProgramStream(stream, invited);
    await streamState<StreamBody>(server, path, ({ state, bytesIn }) => state === 'live' && bytesIn > silent);

    expect(await order('seek', { positionSeconds: 1800 })).toMatchObject({ state: 'playing', positionSeconds: expect.closeTo(1800, -1) });
    await answering.logged(/INFO PLAY \S+ Range npt=1800-/);
    sender.stop();
    sender = sendProgramStream(stream, invited);
    const sought = await bytesIn(server, path);
    await streamState<StreamBody>(server, path, ({ bytesIn }) => bytesIn > sought + 100_000);
    expect(over).toBe(false);

    // At this speed the recorder says that it is over, under another name and inside the dialog.
    expect(await order('speed', { speed: 4 })).toMatchObject({ speed: 4 });
    await answering.byed;
    sender.stop();
    await viewer.ended;
    expect((await server.api<Playback>(`/gb28181/playbacks/${id}`)).body).toMatchObject({ state: 'ended', reason: 'finished' });
  }, 90_000);

  it('DELETE says BYE', async () => {
    const period = { start: '2022-05-01T00:00:00Z', end: '2022-05-01T01:00:00Z' };
    const { body } = await server.api<Playback>(`/gb28181/channels/${DEVICE}/playback`, post(period));
    expect((await server.api(`/gb28181/playbacks/${body.id}`, { method: 'DELETE' })).status).toBe(204);
    await answering.byed;
    expect((await server.api(`/gb28181/playbacks/${body.id}`)).status).toBe(404);
  }, 30_000);
});

interface StreamBody {
  readonly state: string;
  readonly bytesIn: number;
}

async function bytesIn(server: Server, path: string): Promise<number> {
  return (await server.api<StreamBody>(`/streams/${path}`)).body.bytesIn;
}

function post(body: unknown): RequestInit {
  return body === undefined ? { method: 'POST' } : { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
