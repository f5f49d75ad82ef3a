import { createSocket } from 'node:dgram';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRunOf } from './support/access-units.js';
import { type FlvTag, viewFlv } from './support/flv-viewer.js';
import { type MockCc, openMockCc } from './support/mock-cc.js';
import { NGINX_RTMP, type NginxRtmp, startNginxRtmp } from './support/nginx.js';
import { media } from './support/paths.js';
import { playedSlices, sliceHashes } from './support/pictures.js';
import { describeWith, killAll, run, start } from './support/programs.js';
import { type PsSender, sendProgramStream } from './support/ps-sender.js';
import { freePort, type Server, startServer } from './support/server.js';

const NEEDS = { programs: ['ffmpeg'], files: [media('avatar.h264'), media('avatar.h265')] };
const FLOW_SECONDS = 2;

interface Channel {
  readonly channelId: string;
  readonly ip: string;
  readonly port: number;
  readonly ssrc: string;
  readonly transport: string;
}
interface Listed extends Channel {
  readonly state: string;
  readonly bytes: number;
  readonly packets: number;
  readonly lost: number;
  readonly firstPacket: { readonly source: string };
  readonly push?: { readonly via: string; readonly state: string };
}

/** A program stream made by ffmpeg out of an elementary stream, without touching its units. */
async function programStream(codec: 'h264' | 'h265'): Promise<Buffer> {
  const file = join(tmpdir(), `sluice-cc-${process.pid}-${codec}.ps`);
  await run('ffmpeg', ['-v', 'error', '-y', '-framerate', '25', '-i', media(`avatar.${codec}`), '-c', 'copy', '-f', 'vob', '-muxrate', '10000k', file]);
  const bytes = readFileSync(file);
  rmSync(file);
  return bytes;
}

const post = (body: unknown): RequestInit => ({ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

describeWith(NEEDS, 'a gateway driven by cc', () => {
  let cc: MockCc;
  let gateway: Server;
  let server: Server;
  let stream: Buffer;
  let source: string[];
  const senders: PsSender[] = [];

  beforeAll(async () => {
    cc = await openMockCc();
    const settings = ['relay.allow=[public, private, loopback]', 'gateway-control.gatewayId=gw-7', `gateway-control.report.flowSeconds=${FLOW_SECONDS}`];
    gateway = await startServer('gateway', [...cc.settings, ...settings, 'rtp-ps.receiveTimeoutSeconds=2']);
    server = await startServer('server', ['engine.receiveTimeoutSeconds=2', 'engine.lingerSeconds=1']);
    stream = await programStream('h264');
    source = sliceHashes(readFileSync(media('avatar.h264')), 'h264');
  }, 90_000);
  afterAll(async () => {
    await gateway.stop();
    await server.stop();
    cc.close();
    await killAll();
  }, 30_000);
  afterEach(() => {
    for (const sender of senders.splice(0)) sender.stop();
  });

  const create = async (body: object): Promise<Channel> => {
    const answer = await gateway.api<Channel>('/create_pullChannel', post(body));
    expect(answer.status).toBe(200);
    return answer.body;
  };
  const startChannel = (body: object) => gateway.api<Channel>('/start_pullChannel', post(body));
  const remove = (channelId: string) => gateway.api('/delete_pullChannel', post({ channelId }));
  const listed = async (channelId: string): Promise<Listed | undefined> => {
    const { body } = await gateway.api<{ items: Listed[] }>('/get_pushChannels');
    return body.items.find((item) => item.channelId === channelId);
  };
  const send = (channel: Channel, bytes = stream, socket?: Socket): PsSender => {
    const transport = channel.transport === 'udp' ? 'udp' : 'tcp';
    const sender = sendProgramStream(bytes, { transport, host: channel.ip, port: channel.port, ssrc: Number(channel.ssrc) } as never, socket);
    senders.push(sender);
    return sender;
  };
  const states = (channelId: string): unknown[] =>
    cc
      .of('gbStreamStateChange')
      .filter(({ body }) => body.channelId === channelId)
      .map(({ body }) => body.state);
  const until = (channelId: string, wanted: string) => cc.find('gbStreamStateChange', ({ channelId: id, state }) => id === channelId && state === wanted);

  it('tells cc that it started', async () => {
    expect((await cc.find('gbGateWayStart')).body).toMatchObject({
      gatewayId: 'gw-7',
      reason: 'start',
      ip: '127.0.0.1',
      sipPort: gateway.ports.sip,
      rtpPort: gateway.ports.rtp,
      version: expect.any(String),
    });
  }, 30_000);

  it.each([
    ['udp', 'single'],
    ['tcp-passive', 'single'],
    ['udp', 'range'],
    ['tcp-passive', 'range'],
    ['tcp-active', 'single'],
  ] as const)(
    'receives over %s on a port of kind %s, picture by picture the same, and reports its bytes',
    async (transport, port) => {
      const streamId = `cam-${transport}-${port}`;
      const channel = await create({ streamId, transport, port, receiveTimeoutSeconds: 60 });
      let sender: PsSender | undefined;
      const camera = createServer((socket) => {
        sender = send(channel, stream, socket);
      });
      await new Promise<void>((resolve) => camera.listen(0, '127.0.0.1', resolve));
      const { port: cameraPort } = camera.address() as { port: number };
      const request = { channelId: channel.channelId, ...(transport === 'tcp-active' ? { remoteIp: '127.0.0.1', remotePort: cameraPort } : {}) };
      const started = await startChannel(request);
      expect(started).toEqual({ status: 200, body: channel });
      expect(await startChannel(request)).toEqual(started);
      if (transport !== 'tcp-active') sender = send(channel);
      await until(channel.channelId, 'receiving');
      const played = await playedSlices(gateway.url('http', `gb/${streamId}.flv`), 3);
      expect(played.length).toBeGreaterThan(50);
      expect(isRunOf(played, source)).toBe(true);
      sender?.pause(true);
      const { sent } = sender as PsSender;
      let info = await listed(channel.channelId);
      for (; info !== undefined && info.packets < sent.packets; info = await listed(channel.channelId)) await cc.next();
      expect(info).toMatchObject({
        state: 'receiving',
        packets: sent.packets,
        bytes: sent.bytes,
        lost: 0,
        firstPacket: { source: expect.stringMatching(/^127\.0\.0\.1:\d+$/) },
      });
      const last = await cc.find('flowReport', ({ streams }) =>
        (streams as { channelId: string; totalBytes: number }[]).some((each) => each.channelId === channel.channelId && each.totalBytes === sent.bytes),
      );
      const flows = cc
        .of('flowReport')
        .flatMap(({ body }) => body.streams as { channelId: string; bytes: number; packets: number; lost: number }[])
        .filter(({ channelId }) => channelId === channel.channelId);
      const sum = (of: 'bytes' | 'packets' | 'lost'): number => flows.reduce((total, flow) => total + flow[of], 0);
      expect({ bytes: sum('bytes'), packets: sum('packets'), lost: sum('lost') }).toEqual({ bytes: sent.bytes, packets: sent.packets, lost: 0 });
      expect(Date.parse(String(last.body.to)) - Date.parse(String(last.body.from))).toBeLessThan(FLOW_SECONDS * 2000);
      await remove(channel.channelId);
      await until(channel.channelId, 'closed');
      camera.close();
    },
    60_000,
  );

  it('receives H.264 whose parameter sets are in the SDP alone', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sluice-sdp-'));
    const file = join(folder, 'a.mp4');
    await run('ffmpeg', ['-v', 'error', '-framerate', '25', '-i', media('avatar.h264'), '-c', 'copy', '-bsf:v', 'filter_units=remove_types=7-8', file]);
    const send = (port: number, ...extra: string[]): string[] => [
      '-v',
      'error',
      '-re',
      '-i',
      file,
      '-c',
      'copy',
      '-f',
      'rtp',
      ...extra,
      `rtp://127.0.0.1:${port}?pkt_size=1200`,
    ];
    await run('ffmpeg', send(await freePort(), '-t', '0.1', '-sdp_file', join(folder, 'a.sdp')));
    const sdp = readFileSync(join(folder, 'a.sdp'), 'utf8');
    expect(sdp).toContain('sprop-parameter-sets=');
    const channel = await create({ streamId: 'sdp', ssrc: '0123450001', transport: 'udp', port: 'single', sdp });
    await startChannel({ channelId: channel.channelId });
    const sender = start('ffmpeg', ['-stream_loop', '-1', ...send(channel.port, '-ssrc', '123450001')]);
    await until(channel.channelId, 'receiving');
    const played = await playedSlices(gateway.url('http', 'gb/sdp.flv'), 3);
    expect(played.length).toBeGreaterThan(50);
    expect(isRunOf(played, source)).toBe(true);
    await sender.stop('SIGKILL');
    await remove(channel.channelId);
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  it('tells of a stray SSRC once', async () => {
    const socket = createSocket('udp4');
    const rtp = Buffer.alloc(212);
    rtp[0] = 0x80;
    rtp[1] = 96;
    rtp.writeUInt32BE(987_654_321, 8);
    for (let n = 0; n < 20; n++) {
      rtp.writeUInt16BE(n, 2);
      socket.send(rtp, gateway.ports.rtp, '127.0.0.1');
    }
    const { body } = await cc.find('blackSsrcReport', ({ ssrc }) => ssrc === '0987654321');
    expect(body).toMatchObject({ gatewayId: 'gw-7', transport: 'udp', remote: `127.0.0.1:${socket.address().port}`, port: gateway.ports.rtp });
    expect(Number(body.bytes)).toBe(Number(body.packets) * 212);
    socket.close();
  }, 30_000);

  it('refuses what it must', async () => {
    const { channelId } = await create({ streamId: 'once', transport: 'udp', port: 'single' });
    expect((await gateway.api('/create_pullChannel', post({ streamId: 'once', transport: 'udp', port: 'single' }))).status).toBe(409);
    expect((await startChannel({ channelId: 'none' })).status).toBe(404);
    expect((await gateway.api('/create_pullChannel', post({ streamId: 'x', pushUrl: 'rtmp://169.254.169.254/live/x' }))).status).toBe(403);
    await startChannel({ channelId });
    await until(channelId, 'closed');
    expect(states(channelId)).toEqual(['created', 'timeout', 'closed']);
    expect((await remove(channelId)).status).toBe(404);
  }, 30_000);

  it('pushes to another server, and a pause is held by both', async () => {
    const url = server.url('rtmp', 'live/held?owner=cc');
    const channel = await create({ streamId: 'held', transport: 'udp', port: 'single', receiveTimeoutSeconds: 60, pushUrl: url });
    await startChannel({ channelId: channel.channelId });
    const sender = send(channel);
    await until(channel.channelId, 'pushing');
    const viewer = viewFlv(server.url('http', 'live/held.flv'));
    let closed = false;
    void viewer.closed.then(() => {
      closed = true;
    });
    await viewer.next(({ type, body }) => type === 9 && body[1] === 1);
    const { body } = await server.api<{ publisher: { query: object } }>('/streams/live/held');
    expect(body.publisher.query).toEqual({ owner: 'cc', receiveTimeoutSeconds: '60' });
    const played = await playedSlices(server.url('http', 'live/held.flv'), 3);
    expect(isRunOf(played, source)).toBe(true);
    sender.pause(true);
    // Longer than both processes would wait by themselves.
    await new Promise((resolve) => setTimeout(resolve, 5000));
    expect((await listed(channel.channelId))?.state).toBe('pushing');
    sender.pause(false);
    await viewer.next(({ type, body: picture }) => type === 9 && picture[0] === 0x17 && picture[1] === 1);
    expect(closed).toBe(false);
    expect(states(channel.channelId)).toEqual(['created', 'receiving', 'pushing']);
    viewer.close();
    await remove(channel.channelId);
  }, 60_000);

  it('pushes H.265 by enhanced RTMP, byte for byte', async () => {
    const channel = await create({ streamId: 'hevc', transport: 'udp', port: 'single', pushUrl: server.url('rtmp', 'live/hevc') });
    await startChannel({ channelId: channel.channelId });
    send(channel, await programStream('h265'));
    await until(channel.channelId, 'pushing');
    const collect = (url: string): [Map<number, string>, ReturnType<typeof viewFlv>] => {
      const tags = new Map<number, string>();
      const keep = ({ type, dtsMs, body }: FlvTag): void => {
        if (type === 9) tags.set(dtsMs, body.toString('base64'));
      };
      return [tags, viewFlv(url, keep)];
    };
    const [here, first] = collect(gateway.url('http', 'gb/hevc.flv'));
    const [there, second] = collect(server.url('http', 'live/hevc.flv'));
    const pictures = async (viewer: typeof first): Promise<void> => {
      for (let n = 0; n < 60; n++)
        expect((await viewer.next(({ type, body }) => type === 9 && ((body[0] as number) & 0x0f) !== 0)).body.subarray(1, 5).toString()).toBe('hvc1');
    };
    await Promise.all([pictures(first), pictures(second)]);
    first.close();
    second.close();
    // The next server may count time from another moment: units are compared in order.
    const [ours, theirs] = [[...here.values()], [...there.values()]];
    const from = ours.indexOf(theirs[10] as string);
    expect(from).toBeGreaterThanOrEqual(0);
    const length = Math.min(ours.length - from, theirs.length - 10);
    expect(length).toBeGreaterThan(30);
    expect(theirs.slice(10, 10 + length)).toEqual(ours.slice(from, from + length));
    await remove(channel.channelId);
  }, 60_000);

  it('tells of what is still there when it stops', async () => {
    const { channelId } = await create({ streamId: 'last', transport: 'udp', port: 'single' });
    expect((await gateway.stop()).code).toBe(0);
    expect(states(channelId)).toEqual(['created', 'closed']);
  }, 30_000);
});

describeWith({ programs: ['ffmpeg', 'nginx'], files: [NGINX_RTMP, media('avatar.h264')] }, 'a push to nginx-rtmp', () => {
  let cc: MockCc;
  let gateway: Server;
  let nginx: NginxRtmp;

  beforeAll(async () => {
    nginx = await startNginxRtmp();
    cc = await openMockCc();
    gateway = await startServer('gateway', [...cc.settings, 'relay.allow=[loopback]', 'relay.retryIntervalMs=100']);
  }, 60_000);
  afterAll(async () => {
    await gateway.stop();
    cc.close();
    await killAll();
  }, 30_000);

  const pushing = async (streamId: string, url: string): Promise<{ channelId: string; sender: PsSender }> => {
    const { body } = await gateway.api<Channel>('/create_pullChannel', post({ streamId, transport: 'tcp-passive', port: 'single', pushUrl: url }));
    await gateway.api('/start_pullChannel', post({ channelId: body.channelId }));
    const sender = sendProgramStream(await programStream('h264'), { transport: 'tcp', host: body.ip, port: body.port, ssrc: Number(body.ssrc) } as never);
    return { channelId: body.channelId, sender };
  };
  const until = (channelId: string, wanted: string) => cc.find('gbStreamStateChange', ({ channelId: id, state }) => id === channelId && state === wanted);

  it('plays there picture by picture the same', async () => {
    const { channelId, sender } = await pushing('a', `${nginx.url('a')}?token=x`);
    await until(channelId, 'pushing');
    const played = await playedSlices(nginx.url('a'), 4);
    expect(played.length).toBeGreaterThan(50);
    expect(isRunOf(played, sliceHashes(readFileSync(media('avatar.h264')), 'h264'))).toBe(true);
    const { stdout } = await run('ffprobe', ['-v', 'error', '-show_entries', 'stream=codec_name,width,height', '-of', 'csv=p=0', nginx.url('a')]);
    expect(stdout.toString().trim()).toBe('h264,768,320');
    // A second publisher of the name is refused, in nginx's own words, until the first has gone.
    const second = await pushing('b', nginx.url('a'));
    expect((await until(second.channelId, 'pushFailed')).body.reason).toMatch(/NetStream\.Publish\.BadName/);
    await gateway.api('/delete_pullChannel', post({ channelId }));
    await until(second.channelId, 'pushing');
    await gateway.api('/delete_pullChannel', post({ channelId: second.channelId }));
    sender.stop();
    second.sender.stop();
  }, 60_000);

  it('says that an application is unknown there', async () => {
    const { channelId, sender } = await pushing('c', `rtmp://127.0.0.1:${nginx.port}/none/a`);
    expect((await until(channelId, 'pushFailed')).body.reason).toMatch(/closed the connection/);
    await gateway.api('/delete_pullChannel', post({ channelId }));
    sender.stop();
  }, 60_000);
});
