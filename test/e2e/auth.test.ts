import { createHmac } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describeWith, killAll, type Running, run, start } from './support/programs.js';
import { type Server, startServer, streamState } from './support/server.js';
import { soundFormat } from './support/sound.js';

const PATH = 'live/guarded';
const SIGNING_SECRET = 'the secret of signed URLs';
const USER = { name: 'bob', password: 'words of bob', actions: ['publish', 'play'], paths: ['live/**'] };

interface StreamBody {
  readonly state: string;
  readonly viewers: number;
  readonly publisher: { readonly query: Record<string, string> } | null;
}
interface CreatedToken {
  readonly id: string;
  readonly token: string;
}

/** Resolves when a program has written media. */
const plays = (program: Running): Promise<unknown> => program.wrote(/[\s\S]{20000}/);
const curl = (url: string, ...headers: string[]): Running => start('curl', ['-sN', ...headers.flatMap((header) => ['-H', header]), url]);
const ffmpegRtsp = (url: string, way: 'tcp' | 'udp' = 'tcp'): Running =>
  start('ffmpeg', ['-v', 'error', '-rtsp_transport', way, '-i', url, '-map', '0:v', '-c', 'copy', '-f', 'h264', '-']);
const PICTURE = ['-f', 'lavfi', '-i', 'testsrc=size=320x240:rate=10', '-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-g', '10'];
const SOUND = ['-f', 'lavfi', '-i', 'sine=r=48000'];
const ffmpegPublish = (format: 'flv' | 'rtsp', url: string): Running =>
  start('ffmpeg', ['-v', 'error', '-re', ...SOUND, ...PICTURE, '-b:v', '400k', '-c:a', 'aac', '-f', format, url]);

const statusOf = async (url: string, ...headers: string[]): Promise<string> => {
  const { stdout } = await run('curl', [
    '-s',
    '-o',
    '/dev/null',
    '-w',
    '%{http_code}',
    '--max-time',
    '10',
    ...headers.flatMap((header) => ['-H', header]),
    url,
  ]);
  return stdout.toString();
};

function signed(action: string, path: string, expiresInSeconds: number): string {
  const exp = Math.floor(Date.now() / 1000) + expiresInSeconds;
  return `exp=${exp}&sig=${createHmac('sha256', SIGNING_SECRET).update(`${action}\n${path}\n${exp}`).digest('hex')}`;
}

describeWith({ programs: ['curl', 'ffmpeg', 'ffprobe', 'rtmpdump'] }, 'a server that lets in by token', () => {
  let server: Server;
  let publisherToken: CreatedToken;
  let publisher: Running;

  const createToken = async (actions: readonly string[], paths: readonly string[]): Promise<CreatedToken> => {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ actions, paths }) };
    const { status, body } = await server.api<CreatedToken>('/auth/tokens', init);
    expect(status).toBe(201);
    return body;
  };
  const live = (matches: (stream: StreamBody) => boolean = () => true) =>
    streamState<StreamBody>(server, PATH, (stream) => stream.state === 'live' && matches(stream));
  const flv = (query: string, path = PATH): string => server.url('http', `${path}.flv${query}`);

  beforeAll(async () => {
    server = await startServer('server', [
      'auth.publish=token',
      'auth.play=token',
      'hls.segmentSeconds=1',
      `auth.signing.secret=${SIGNING_SECRET}`,
      `auth.users=${JSON.stringify([USER])}`,
    ]);
    publisherToken = await createToken(['publish'], ['live/*']);
    publisher = ffmpegPublish('flv', server.url('rtmp', `${PATH}?token=${publisherToken.token}`));
    await live();
  }, 60_000);
  afterAll(async () => {
    await killAll();
    await server.stop();
  });

  it('shows no token in the API, and keeps them for itself alone', async () => {
    expect((await live()).publisher?.query).toEqual({ token: '***' });
    const { body } = await server.api('/auth/tokens');
    expect(JSON.stringify(body)).not.toContain(publisherToken.token);
    expect(statSync(join(server.data, 'auth/tokens.json')).mode & 0o777).toBe(0o600);
  });

  it('lets in by token in path, query and headers, by signed URL, and by Digest', async () => {
    const { token } = await createToken(['play'], ['live/*']);
    const players = [
      curl(flv(`?token=${token}`)),
      curl(server.url('http', `flv/${encodeURIComponent(PATH)}/${token}`)),
      curl(server.url('http', `flv/guarded/${token}`)),
      curl(flv(''), `Authorization: Bearer ${token}`),
      curl(flv(''), `gmv-token: ${token}`),
      curl(flv(`?${signed('play', PATH, 60)}`)),
      ffmpegRtsp(server.url('rtsp', PATH).replace('//', `//bob:${encodeURIComponent(USER.password)}@`)),
    ];
    await Promise.all(players.map(plays));
    await Promise.all(players.map((player) => player.stop('SIGKILL')));
    const publishing = ffmpegPublish('rtsp', server.url('rtsp', 'live/of-bob').replace('//', `//bob:${encodeURIComponent(USER.password)}@`));
    await streamState<StreamBody>(server, 'live/of-bob', ({ state }) => state === 'live');
    await publishing.stop('SIGKILL');
  }, 30_000);

  it.each(['opus', 'aac'])(
    'gives the sound that a query chooses beside its token: %s',
    async (audio) => {
      const { token } = await createToken(['play'], ['live/*']);
      const urls = [
        server.url('rtsp', `${PATH}?audio=${audio}&token=${token}`),
        server.url('http', `${PATH}.m3u8?token=${token}&audio=${audio}`),
        server.url('http', `hls/guarded/${token}?audio=${audio}`),
      ];
      const formats = await Promise.all(urls.map(soundFormat));
      expect(formats).toEqual(urls.map(() => expect.stringMatching(new RegExp(`^${audio},`))));
      const flv = curl(server.url('http', `flv/guarded/${token}?audio=${audio}`));
      await plays(flv);
      expect(/Opus/.test(flv.output())).toBe(audio === 'opus');
      await flv.stop('SIGKILL');
    },
    60_000,
  );

  it('ends what runs on a token that is taken back, and nothing else', async () => {
    const { id, token } = await createToken(['play'], ['live/*']);
    const { token: others } = await createToken(['play'], ['live/*']);
    const ends = curl(flv(`?token=${token}`));
    const stays = curl(flv(`?token=${others}`));
    // Its client looks after the connection of its requests late: here it counts that it is no viewer any more.
    const byUdp = ffmpegRtsp(server.url('rtsp', `${PATH}?token=${token}`), 'udp');
    await Promise.all([ends, stays, byUdp].map(plays));
    const overUdp = async () => {
      const { body } = await server.api<{ readonly items: readonly { readonly protocol: string; readonly kind: string }[] }>(`/sessions?stream=${PATH}`);
      return body.items.filter(({ protocol, kind }) => protocol === 'rtsp' && kind === 'viewer').length;
    };
    expect(await overUdp()).toBe(1);
    expect((await server.api(`/auth/tokens/${id}`, { method: 'DELETE' })).status).toBe(204);
    await ends.ended;
    while ((await overUdp()) > 0) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(stays.process.exitCode).toBeNull();
    await Promise.all([stays, byUdp].map((player) => player.stop('SIGKILL')));
    expect(await statusOf(flv(`?token=${token}`))).toBe('401');
    expect((await server.api(`/auth/tokens/${id}`, { method: 'DELETE' })).status).toBe(404);
  }, 60_000);

  it('ends a viewer when its signed URL expires', async () => {
    const player = curl(flv(`?${signed('play', PATH, 4)}`));
    await plays(player);
    await player.ended;
    expect((await live()).publisher).not.toBeNull();
  }, 30_000);

  it('ends a publisher whose token is taken back; tokens are as they were after kill -9', async () => {
    const kept = await createToken(['play'], ['live/*']);
    expect((await server.api(`/auth/tokens/${publisherToken.id}`, { method: 'DELETE' })).status).toBe(204);
    await publisher.ended;
    for (const secret of [publisherToken.token, SIGNING_SECRET, USER.password]) expect(server.program.output()).not.toContain(secret);
    expect((await server.api(`/streams/${PATH}`)).status).toBe(404);
    server = await server.restart();
    const { id, token } = await createToken(['publish'], ['live/*']);
    const refused = ffmpegPublish('flv', server.url('rtmp', `${PATH}?token=${publisherToken.token}`));
    expect((await refused.ended).code).not.toBe(0);
    const byRtsp = ffmpegPublish('rtsp', server.url('rtsp', `${PATH}?token=${token}`));
    await live();
    const player = curl(flv(`?token=${kept.token}`));
    await plays(player);
    expect((await server.api(`/auth/tokens/${id}`, { method: 'DELETE' })).status).toBe(204);
    await Promise.all([byRtsp.ended, player.ended]);
  }, 60_000);
});
