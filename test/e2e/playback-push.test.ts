import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunOf } from './support/access-units.js';
import { viewFlv } from './support/flv-viewer.js';
import { media } from './support/paths.js';
import { playedSlices, sliceHashes } from './support/pictures.js';
import { describeWith, killAll, run } from './support/programs.js';
import { sendProgramStream } from './support/ps-sender.js';
import { freePort, type Server, startServer, streamState } from './support/server.js';
import { type AnsweringCamera, answer, register, type SippCamera } from './support/sipp.js';

const DEVICE = '34020000001320000001';
const NEEDS = { programs: ['ffmpeg', 'sipp'], files: [media('avatar.h264')] };
/** By hand: a pause of so many seconds, with the time-outs as they come. */
const LONG_PAUSE_SECONDS = Number(process.env.E2E_PAUSE_SECONDS ?? 0);
const PAUSE_SECONDS = LONG_PAUSE_SECONDS > 0 ? LONG_PAUSE_SECONDS : 6;
const SHORT = LONG_PAUSE_SECONDS > 0 ? [] : ['engine.receiveTimeoutSeconds=2', 'engine.lingerSeconds=1'];
const SHORT_RTP = LONG_PAUSE_SECONDS > 0 ? [] : ['rtp-ps.receiveTimeoutSeconds=2'];

interface Push {
  readonly id: string;
  readonly url: string;
  readonly origin: string;
  readonly via: string;
  readonly state: string;
  readonly attempt: number;
  readonly lastError?: object;
}
interface Stream {
  readonly state: string;
  readonly bytesIn: number;
  readonly instance: string;
  readonly publisher: { readonly sessionId: string; readonly query: Readonly<Record<string, string>> } | null;
}

async function programStream(): Promise<Buffer> {
  const file = join(tmpdir(), `sluice-${process.pid}-pushed.ps`);
  await run('ffmpeg', ['-v', 'error', '-y', '-framerate', '25', '-i', media('avatar.h264'), '-c', 'copy', '-f', 'vob', '-muxrate', '10000k', file]);
  const bytes = readFileSync(file);
  rmSync(file);
  return bytes;
}

const post = (body: unknown): RequestInit => ({ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
const seconds = (count: number) => new Promise((resolve) => setTimeout(resolve, count * 1000));

describeWith(NEEDS, 'a recording that a gateway forwards to a server', () => {
  let gateway: Server;
  let server: Server;
  let recorder: SippCamera;
  let answering: AnsweringCamera;

  beforeAll(async () => {
    gateway = await startServer('gateway', ['relay.allow=[loopback]', ...SHORT, ...SHORT_RTP]);
    server = await startServer('server', SHORT);
    const password = readFileSync(join(gateway.data, 'secrets/gb28181-password'), 'utf8').trim();
    recorder = { id: DEVICE, port: await freePort(), platform: `127.0.0.1:${gateway.ports.sip}`, transport: 'udp' };
    expect((await register(recorder, password)).code).toBe(0);
    answering = answer(recorder, 'recorder.xml');
  }, 90_000);
  afterAll(async () => {
    await answering.program.stop('SIGKILL');
    await gateway.stop();
    await server.stop();
    await killAll();
  }, 30_000);

  it(
    `pauses for ${PAUSE_SECONDS} s: both hold it, the viewer at the server stays and goes on`,
    async () => {
      const period = { start: '2022-05-01T00:00:00Z', end: '2022-05-01T01:00:00Z' };
      const started = await gateway.api<{ id: string; path: string }>(`/gb28181/channels/${DEVICE}/playback`, post(period));
      expect(started.status).toBe(201);
      const { id, path } = started.body;
      const stream = await programStream();
      let sender = sendProgramStream(stream, await answering.invited);
      const { status, body: push } = await gateway.api<Push>('/pushes', post({ path, url: server.url('rtmp', 'live/recording?token=secret') }));
      expect(status).toBe(201);
      expect(push).toMatchObject({ origin: 'api', via: 'rtmp', url: server.url('rtmp', 'live/recording?token=***') });
      const before = await streamState<Stream>(server, 'live/recording', ({ state }) => state === 'live');
      expect(before.publisher?.query.receiveTimeoutSeconds).toMatch(/^\d+$/);
      expect((await gateway.api<Push>(`/pushes/${push.id}`)).body).toMatchObject({ state: 'live', attempt: 1 });

      let closed = false;
      let last = { dtsMs: 0, atMs: 0 };
      const viewer = viewFlv(server.url('http', 'live/recording.flv'), ({ type, dtsMs, receivedAtMs }) => {
        if (type === 9) last = { dtsMs, atMs: receivedAtMs };
      });
      void viewer.closed.then(() => {
        closed = true;
      });
      await viewer.next(({ type, body }) => type === 9 && body[1] === 1);
      const source = sliceHashes(readFileSync(media('avatar.h264')), 'h264');
      expect(isRunOf(await playedSlices(server.url('http', 'live/recording.flv'), 3), source)).toBe(true);

      expect((await gateway.api(`/gb28181/playbacks/${id}/pause`, post({}))).body).toMatchObject({ state: 'paused' });
      sender.stop();
      await seconds(1);
      const pausedAt = last;
      await seconds(PAUSE_SECONDS - 1);
      expect(last).toEqual(pausedAt);
      expect(closed).toBe(false);
      expect((await gateway.api<Push>(`/pushes/${push.id}`)).body).toMatchObject({ state: 'live', attempt: 1 });

      const goesOn = viewer.next(({ type, body }) => type === 9 && body[0] === 0x17 && body[1] === 1);
      expect((await gateway.api(`/gb28181/playbacks/${id}/resume`, post({}))).body).toMatchObject({ state: 'playing' });
      // The device begins anew: sequence numbers and clocks leap.
      sender = sendProgramStream(stream, await answering.invited);
      const { dtsMs } = await goesOn;
      expect(dtsMs).toBeGreaterThan(pausedAt.dtsMs);
      expect(isRunOf(await playedSlices(server.url('http', 'live/recording.flv'), 3), source)).toBe(true);
      expect(closed).toBe(false);
      const after = (await server.api<Stream>('/streams/live/recording')).body;
      expect([after.instance, after.publisher?.sessionId]).toEqual([before.instance, before.publisher?.sessionId]);
      const kept = (await gateway.api<Push>(`/pushes/${push.id}`)).body;
      expect(kept).toMatchObject({ state: 'live', attempt: 1 });
      expect(kept.lastError).toBeUndefined();

      expect((await gateway.api(`/pushes/${push.id}`, { method: 'DELETE' })).status).toBe(204);
      expect((await gateway.api<{ items: Push[] }>('/pushes')).body.items).toEqual([]);
      await viewer.closed;
      expect((await gateway.api(`/gb28181/playbacks/${id}`, { method: 'DELETE' })).status).toBe(204);
      sender.stop();
    },
    (90 + PAUSE_SECONDS) * 1000,
  );
});
