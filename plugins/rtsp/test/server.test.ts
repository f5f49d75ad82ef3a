import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { once } from 'node:events';
import { join } from 'node:path';
import { createFrame, definePlugin, type Frame, type TrackDeriver, trackDerivers } from '@sluice/core';
import { FakeClock, startTestEngine, type TestEngine } from '@sluice/core/testing';
import { aac, makeAudioSpecificConfig, parseAudioSpecificConfig } from '@sluice/plugin-codec-aac';
import { g711a } from '@sluice/plugin-codec-g711';
import { parseRtcp, parseRtp, serializeReceiverReport, serializeRtp } from '@sluice/plugin-format-rtp';
import { answerDigestChallenge, type HeaderList, parseDigestChallenge, serializeBasicCredentials, serializeDigestCredentials } from '@sluice/plugin-wire-text';
import rtsp from '../src/index.js';
import { parseSdp } from '../src/proto/sdp.js';
import { RawClient } from './support/raw-client.js';

const SDP = 'v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=x\r\nt=0 0\r\nm=audio 0 RTP/AVP 8\r\na=control:streamid=0\r\n';
const PCMA_PICTURE = SDP.replace('m=audio', 'm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:streamid=1\r\nm=audio');
const SDP_TYPE: HeaderList = [['content-type', 'application/sdp']];
const tcp = (channels: string): HeaderList => [['transport', `RTP/AVP/TCP;unicast;interleaved=${channels}`]];
const udp = (ports: string): HeaderList => [['transport', `RTP/AVP;unicast;client_port=${ports}`]];
const hash = (name: string, text: string) => createHash(name).update(text).digest('hex');
const fixtures = join(import.meta.dirname, 'fixtures');

const rtpPacket = (sequence: number, payload = Buffer.alloc(160, sequence)) =>
  serializeRtp({ marker: false, payloadType: 8, sequence, timestamp: sequence * 160, ssrc: 7, payload });

const builder = g711a.createBuilder({ trackId: 1, clockRate: 8000 });
const sound = (index: number): Frame => {
  const frame = builder.build([Buffer.alloc(160, index)], index * 160, index * 160);
  if (frame === undefined) throw new Error('no frame');
  return frame;
};

describe('the server', () => {
  let engine: TestEngine;
  const clients: RawClient[] = [];
  const sockets: DatagramSocket[] = [];

  const start = async (
    config: Record<string, unknown> = {},
    more: Parameters<typeof startTestEngine>[0] = {},
    settings: Record<string, unknown> = {},
  ): Promise<void> => {
    engine = await startTestEngine({
      ...more,
      plugins: [rtsp, ...(more.plugins ?? [])],
      config: { rtsp: { port: 0, udpPort: 0, ...config }, engine: settings },
    });
  };
  const portOf = (name: string): number => engine.addresses.find((address) => address.name === name)?.port ?? 0;
  const open = async (options?: { readonly secure: boolean }): Promise<RawClient> => {
    const client = await RawClient.open(portOf(options?.secure === true ? 'rtsps' : 'rtsp'), options);
    clients.push(client);
    return client;
  };
  const bind = async (): Promise<{ socket: DatagramSocket; port: number; received: Buffer[] }> => {
    const socket = createSocket('udp4');
    sockets.push(socket);
    const received: Buffer[] = [];
    socket.on('message', (bytes) => received.push(bytes));
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return { socket, port: socket.address().port, received };
  };
  const url = (path: string) => `rtsp://127.0.0.1/${path}`;
  /** A stream of sound, as any input makes it. */
  const publish = async (path: string) => {
    const publisher = await engine.publish(path, { receiveTimeoutSeconds: 0 });
    publisher.expect(['audio']);
    for (let i = 0; i < 3; i++) publisher.write(sound(i));
    return publisher;
  };
  /** A client that publishes sound over TCP. */
  const record = async (path: string): Promise<RawClient> => {
    const client = await open();
    expect((await client.ask('ANNOUNCE', url(path), SDP_TYPE, SDP)).status).toBe(200);
    expect((await client.ask('SETUP', `${url(path)}/streamid=0`, tcp('0-1'))).status).toBe(200);
    expect((await client.ask('RECORD', url(path))).status).toBe(200);
    return client;
  };

  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    for (const socket of sockets.splice(0)) socket.close();
    await engine.dispose();
  });

  it('answers OPTIONS before anything, and every wrong request by its code', async () => {
    await start();
    await publish('live/a');
    const client = await open();
    expect((await client.ask('OPTIONS', '*')).header('public')).toMatch(/^OPTIONS, DESCRIBE, .*ANNOUNCE, SETUP, PLAY, PAUSE, RECORD, TEARDOWN$/);
    const statuses: number[] = [];
    const ask = async (...request: Parameters<RawClient['ask']>) => void statuses.push((await client.ask(...request)).status);
    await ask('PLAY', url('live/a'));
    await ask('REDIRECT', url('live/a'));
    await ask('DESCRIBE', url('live/none'));
    await ask('DESCRIBE', url('live/a'), [['accept', 'text/plain']]);
    await ask('DESCRIBE', url('live/%2e%2e/a'));
    await ask('ANNOUNCE', url('live/b'), [], SDP);
    await ask('ANNOUNCE', url('live/b'), SDP_TYPE, 'nonsense');
    await ask('SETUP', `${url('live/a')}/trackID=1`);
    await ask('SETUP', `${url('live/a')}/trackID=1`, [['transport', 'RTP/AVP;multicast']]);
    await ask('SETUP', `${url('live/a')}/trackID=1`, [['transport', 'RTP/AVP/TCP;unicast;client_port=5000-5001']]);
    await ask('SETUP', `${url('live/a')}/trackID=1`, udp('0-1'));
    await ask('SETUP', `${url('live/a')}/trackID=1`, tcp('255-256'));
    await ask('SETUP', `${url('live/a')}/trackID=9`, tcp('0-1'));
    await ask('GET_PARAMETER', url('live/a'), [['session', 'other']]);
    await ask('GET_PARAMETER', url('live/a'));
    await ask('SET_PARAMETER', url('live/a'), [], 'volume: 1');
    expect(statuses).toEqual([455, 501, 404, 406, 400, 415, 400, 400, 461, 461, 461, 461, 404, 454, 200, 451]);
  });

  it('publishes over TCP', async () => {
    await start();
    const client = await record('live/a?owner=x');
    client.frame(0, rtpPacket(1));
    await engine.reported(({ type }) => type === 'stream.tracks');
    const subscription = await engine.subscribe('live/a', { start: 'now' });
    client.frame(0, rtpPacket(2));
    client.frame(0, rtpPacket(4));
    const frames: Frame[] = [];
    for await (const frame of subscription) if (frames.push(frame) === 2) break;
    expect(frames.map(({ units }) => units[0]?.[0])).toEqual([2, 4]);
    expect(engine.streams.describe('live/a')).toMatchObject({ publisher: { protocol: 'rtsp', query: { owner: 'x' } }, tracks: [{ codec: 'g711a' }] });
    expect((await client.ask('TEARDOWN', url('live/a'))).status).toBe(200);
    expect(engine.streams.describe('live/a')).toBeUndefined();
    // The connection may begin anew.
    expect((await client.ask('ANNOUNCE', url('live/c'), SDP_TYPE, SDP)).status).toBe(200);
  });

  it('refuses who comes second with 403', async () => {
    await start();
    const first = await record('live/a');
    first.frame(0, rtpPacket(1));
    await engine.reported(({ type }) => type === 'stream.tracks');
    const second = await open();
    expect((await second.ask('ANNOUNCE', url('live/a'), SDP_TYPE, SDP)).status).toBe(403);
  });

  it('takes media that nobody here can read, and drops them', async () => {
    await start();
    const client = await open();
    const data = `${SDP}m=application 0 RTP/AVP 107\r\na=rtpmap:107 vnd.onvif.metadata/90000\r\na=control:streamid=9\r\n`;
    expect((await client.ask('ANNOUNCE', url('live/a'), SDP_TYPE, data)).status).toBe(200);
    expect((await client.ask('SETUP', `${url('live/a')}/streamid=0`, tcp('0-1'))).status).toBe(200);
    expect((await client.ask('SETUP', `${url('live/a')}/streamid=9`, tcp('2-3'))).status).toBe(200);
    expect((await client.ask('SETUP', `${url('live/a')}/streamid=5`, tcp('4-5'))).status).toBe(404);
    expect((await client.ask('SETUP', url('live/a'), tcp('4-5'))).status).toBe(459);
    expect((await client.ask('RECORD', url('live/a'))).status).toBe(200);
    client.frame(2, rtpPacket(1));
    client.frame(0, rtpPacket(1));
    const { data: told } = await engine.reported(({ type }) => type === 'stream.tracks');
    expect(told).toMatchObject({ tracks: [{ codec: 'g711a' }] });
  });

  it('plays over TCP with one rendition for all who choose the same channels', async () => {
    await start();
    const publisher = await publish('live/a');
    const players = await Promise.all(['0-1', '0-1', '6-7'].map((channels) => play('live/a', channels)));
    publisher.write(sound(3));
    publisher.write(sound(4));
    await Promise.all(players.map((player) => player.until(() => packetsOf(player).length >= 2)));
    const [a, b, c] = players.map(packetsOf);
    expect(a?.map(({ payload }) => payload[0])).toEqual([3, 4]);
    expect(b).toEqual(a);
    expect(c?.map(({ payload }) => payload[0])).toEqual([3, 4]);
    expect(c?.[0]?.ssrc).not.toBe(a?.[0]?.ssrc);
  });

  it('describes what is made in place of sound, and sends that', async () => {
    const aacSound = aac.createBuilder({
      trackId: 1,
      clockRate: 8000,
      parameters: parseAudioSpecificConfig(makeAudioSpecificConfig({ sampleRate: 8000, channels: 1 })),
    });
    const sample = aacSound.build([Buffer.alloc(9, 0x21)], 0, 0) as Frame;
    const deriver: TrackDeriver = {
      name: 'test',
      choiceOf: ({ audio }) => audio ?? '',
      offer: ({ codec }, _output, choice) =>
        codec !== 'g711a' || choice !== 'aac'
          ? undefined
          : {
              key: 'aac',
              track: sample.track,
              start: (taker) => ({ push: ({ dts }) => taker.emit(createFrame(sample.track, dts, dts, true, sample.units)), close: () => {} }),
            },
    };
    await start({}, { plugins: [definePlugin({ name: 'deriver', version: '1.0.0', setup: (ctx) => ctx.extend(trackDerivers, deriver) })] });
    const publisher = await publish('live/a');
    const described = async (path: string) =>
      parseSdp((await (await open()).ask('DESCRIBE', url(path))).body).media[0]?.formats.map(({ payloadType }) => payloadType);
    expect(await described('live/a')).toEqual([8]);
    expect(await described('live/a?audio=aac')).toEqual([97]);
    const player = await play('live/a?audio=aac', '0-1');
    publisher.write(sound(3));
    await player.until(() => packetsOf(player).length >= 1);
    expect(packetsOf(player)[0]?.payloadType).toBe(97);
  });

  const packetsOf = ({ frames }: RawClient) => frames.filter(({ channel }) => channel % 2 === 0).map(({ payload }) => parseRtp(payload));

  async function play(path: string, channels: string): Promise<RawClient> {
    const client = await open();
    const described = await client.ask('DESCRIBE', url(path));
    const [media] = parseSdp(described.body).media;
    expect(described.header('content-base')).toBe(`${url(path.split('?')[0] ?? '')}/`);
    const setUp = await client.ask('SETUP', `${described.header('content-base')}${media?.control}`, tcp(channels));
    expect(setUp.header('transport')).toBe(`RTP/AVP/TCP;unicast;interleaved=${channels}`);
    const session = setUp.header('session') ?? '';
    expect(session).toMatch(/^[0-9a-f]{16};timeout=60$/);
    const played = await client.ask('PLAY', url(path), [['session', session.split(';')[0] ?? '']]);
    expect(played.status).toBe(200);
    return client;
  }

  it('says where a player begins, and what time it is', async () => {
    await start();
    const publisher = await publish('live/a');
    const first = await play('live/a', '0-1');
    publisher.write(sound(3));
    await first.until(() => packetsOf(first).length > 0);
    const client = await open();
    await client.ask('SETUP', `${url('live/a')}/trackID=1`, tcp('0-1'));
    const played = await client.ask('PLAY', url('live/a'));
    await client.until(() => client.frames.length > 0);
    const [report] = parseRtcp(client.frames[0]?.payload ?? Buffer.alloc(0));
    const packet = packetsOf(first)[0];
    expect(report).toMatchObject({ type: 'sender-report', ssrc: packet?.ssrc, rtpTimestamp: packet?.timestamp, packetCount: 1, octetCount: 160 });
    expect(played.header('rtp-info')).toBe(`url=${url('live/a')}/trackID=1;rtptime=${packet?.timestamp}`);
  });

  it('pauses and plays on', async () => {
    await start();
    const publisher = await publish('live/a');
    const client = await play('live/a', '0-1');
    expect((await client.ask('PAUSE', url('live/a'))).status).toBe(200);
    expect(engine.streams.sessions('live/a').filter(({ kind }) => kind === 'viewer')).toEqual([]);
    publisher.write(sound(3));
    expect((await client.ask('PLAY', url('live/a'))).status).toBe(200);
    publisher.write(sound(4));
    await client.until(() => packetsOf(client).length > 0);
    expect(packetsOf(client).map(({ payload }) => payload[0])).toEqual([4]);
  });

  it('closes the connection of a player whose stream is over', async () => {
    await start();
    const publisher = await publish('live/a');
    const client = await play('live/a', '0-1');
    await publisher.close();
    await client.closed;
  });

  it('plays over UDP from the shared ports, with goodbyes', async () => {
    await start();
    const publisher = await publish('live/a');
    const [rtp, rtcp] = [await bind(), await bind()];
    const client = await open();
    const setUp = await client.ask('SETUP', `${url('live/a')}/trackID=1`, udp(`${rtp.port}-${rtcp.port}`));
    expect(setUp.header('transport')).toBe(`RTP/AVP;unicast;client_port=${rtp.port}-${rtcp.port};server_port=${portOf('udp/rtp')}-${portOf('udp/rtcp')}`);
    await client.ask('PLAY', url('live/a'));
    const media = once(rtp.socket, 'message');
    publisher.write(sound(3));
    const [bytes] = (await media) as [Buffer];
    expect(parseRtp(bytes)).toMatchObject({ payloadType: 8, payload: Buffer.alloc(160, 3) });
    const goodbye = new Promise<void>((resolve) => {
      rtcp.socket.on('message', (report) => parseRtcp(report).some(({ type }) => type === 'goodbye') && resolve());
    });
    await publisher.close();
    await Promise.all([goodbye, client.closed]);
  });

  it('publishes over UDP, from other ports than announced too, and reports back', async () => {
    await start({ reportIntervalSeconds: 0.5 });
    const [rtp, rtcp, moved] = [await bind(), await bind(), await bind()];
    const client = await open();
    await client.ask('ANNOUNCE', url('live/a'), SDP_TYPE, PCMA_PICTURE);
    const setUp = await client.ask('SETUP', `${url('live/a')}/streamid=0`, udp(`${rtp.port}-${rtcp.port}`));
    expect(setUp.status).toBe(200);
    await client.ask('SETUP', `${url('live/a')}/streamid=1`, udp('9-10'));
    await client.ask('RECORD', url('live/a'));
    // A NAT in between: the payload type tells which medium it is.
    const report = once(rtcp.socket, 'message');
    const send = (sequence: number) => moved.socket.send(rtpPacket(sequence), portOf('udp/rtp'), '127.0.0.1');
    for (const sequence of [1, 3, 2, 4]) send(sequence);
    // A stranger's packets are nobody's.
    rtp.socket.send(rtpPacket(50), portOf('udp/rtp'), '127.0.0.1');
    const [bytes] = (await report) as [Buffer];
    expect(parseRtcp(bytes)[0]).toMatchObject({ type: 'receiver-report', reports: [{ ssrc: 7, cumulativeLost: 0 }] });
    expect(engine.streams.describe('live/a')).toMatchObject({ tracks: [{ codec: 'g711a' }], health: { reordered: 1 } });
  });

  it('gives sessions a pair of the range each, and 503 when there is none', async () => {
    const { port } = await bind();
    const first = port + (port % 2) + 100;
    await start({ udpPortRange: `${first}-${first + 1}` });
    await publish('live/a');
    const [one, two] = [await open(), await open()];
    const setUp = await one.ask('SETUP', `${url('live/a')}/trackID=1`, udp('5000-5001'));
    expect(setUp.header('transport')).toContain(`server_port=${first}-${first + 1}`);
    expect((await two.ask('SETUP', `${url('live/a')}/trackID=1`, udp('5000-5001'))).status).toBe(503);
    expect((await one.ask('TEARDOWN', url('live/a'))).status).toBe(200);
    let status = 503;
    while (status === 503) ({ status } = await two.ask('SETUP', `${url('live/a')}/trackID=1`, udp('5000-5001')));
    expect(status).toBe(200);
  });

  it('waits for a stream that is being fetched, and says 404 when it does not come', async () => {
    const asked: string[] = [];
    const source = definePlugin({
      name: 'source',
      version: '1.0.0',
      setup: (ctx) =>
        ctx.hooks.demand(async ({ path, signal }) => {
          asked.push(path);
          if (path === 'live/there') {
            const publisher = await ctx.streams.publish(path, { trusted: true, expects: ['audio'] });
            publisher.write(sound(0));
            return { served: true };
          }
          await once(signal, 'abort');
          return undefined;
        }),
    });
    await start({}, { plugins: [source] }, { streamWaitSeconds: 0.2 });
    const client = await open();
    expect((await client.ask('DESCRIBE', url('live/there'))).status).toBe(200);
    expect((await client.ask('DESCRIBE', url('live/never'))).status).toBe(404);
    expect(asked).toEqual(['live/there', 'live/never']);
  });

  describe('with an authorize tap', () => {
    const users = definePlugin({
      name: 'users',
      version: '1.0.0',
      setup: (ctx) =>
        ctx.hooks.authorize(({ credentials, action }) => {
          if (credentials?.name !== 'me' || !credentials.verify('secret')) return { allow: false, status: 401 };
          return action === 'play' ? { allow: true } : { allow: false, status: 403 };
        }),
    });

    const answerTo = (challenge: string, method: string, uri: string, password: string): HeaderList => {
      if (challenge.startsWith('Basic')) return [['authorization', serializeBasicCredentials({ username: 'me', password })]];
      const input = { hash, challenge: parseDigestChallenge(challenge), username: 'me', password, method, uri, cnonce: 'c' };
      return [['authorization', serializeDigestCredentials(answerDigestChallenge(input))]];
    };

    it.each([0, 1, 2])('asks for a password and takes the right one (challenge %i)', async (index) => {
      await start({}, { plugins: [users] });
      await publish('live/a');
      const client = await open();
      const challenged = await client.ask('DESCRIBE', url('live/a'));
      const challenge = challenged.headers('www-authenticate')[index] ?? '';
      expect([challenged.status, challenged.headers('www-authenticate').length]).toEqual([401, 3]);
      // The same whether there is a stream or not.
      expect((await client.ask('DESCRIBE', url('live/none'))).status).toBe(401);
      expect((await client.ask('DESCRIBE', url('live/a'), answerTo(challenge, 'DESCRIBE', url('live/a'), 'wrong'))).status).toBe(401);
      expect((await client.ask('DESCRIBE', url('live/a'), answerTo(challenge, 'DESCRIBE', url('live/a'), 'secret'))).status).toBe(200);
      expect((await client.ask('ANNOUNCE', url('live/b'), [...SDP_TYPE, ...answerTo(challenge, 'ANNOUNCE', url('live/b'), 'secret')], SDP)).status).toBe(403);
      // What was said on one connection proves nothing on another.
      const other = await open();
      const replayed = await other.ask('DESCRIBE', url('live/a'), answerTo(challenge, 'DESCRIBE', url('live/a'), 'secret'));
      expect(replayed.status).toBe(index === 1 ? 200 : 401);
    });

    it('closes the connection of who is refused again and again', async () => {
      await start({ limits: { refusedRequests: 3 } }, { plugins: [users] });
      const client = await open();
      for (let i = 0; i < 3; i++) client.ask('DESCRIBE', url('live/a')).catch(() => {});
      await client.closed;
    });
  });

  it('speaks RTSPS, and sends no datagrams beside it', async () => {
    await start({ tls: { cert: join(fixtures, 'cert.pem'), key: join(fixtures, 'key.pem'), port: 0 } });
    const publisher = await publish('live/a');
    const client = await open({ secure: true });
    expect((await client.ask('SETUP', `${url('live/a')}/trackID=1`, udp('5000-5001'))).status).toBe(461);
    expect((await client.ask('SETUP', `${url('live/a')}/trackID=1`, tcp('0-1'))).status).toBe(200);
    expect((await client.ask('PLAY', url('live/a'))).status).toBe(200);
    publisher.write(sound(3));
    await client.until(() => packetsOf(client).length > 0);
    expect(packetsOf(client)[0]?.payload[0]).toBe(3);
  });

  it('answers what it cannot read, and closes', async () => {
    await start();
    const client = await open();
    client.socket.write('ANNOUNCE * RTSP/1.0\r\nCSeq: 1\r\nContent-Length: 99999999\r\n\r\n');
    expect((await client.answer()).status).toBe(413);
    await client.closed;
    const other = await open();
    other.socket.write(Buffer.from([0x80, 1, 2, 3]));
    expect((await other.answer()).status).toBe(400);
    await other.closed;
  });

  describe('in time', () => {
    let clock: FakeClock;
    beforeEach(() => {
      clock = new FakeClock();
    });

    it('closes a connection that asks for nothing', async () => {
      await start({}, { clock });
      const client = await open();
      await client.ask('DESCRIBE', url('live/none'));
      clock.advance(11_000);
      await client.closed;
    });

    it('ends a session over UDP without a sign of life, and keeps one that gives it by request or receiver report', async () => {
      await start({}, { clock });
      await publish('live/a');
      const ends = await Promise.all([0, 1, 2].map(async () => ({ rtp: await bind(), rtcp: await bind() })));
      const players = await Promise.all(
        ends.map(async ({ rtp, rtcp }) => {
          const client = await open();
          await client.ask('SETUP', `${url('live/a')}/trackID=1`, udp(`${rtp.port}-${rtcp.port}`));
          await client.ask('PLAY', url('live/a'));
          return client;
        }),
      );
      clock.advance(45_000);
      await players[0]?.ask('GET_PARAMETER', url('live/a'));
      const seen = engine.streams.sessions('live/a').length;
      expect(seen).toBe(4);
      ends[1]?.rtcp.socket.send(serializeReceiverReport({ ssrc: 1, reports: [] }), portOf('udp/rtcp'), '127.0.0.1');
      // The report is there once a request that was sent after it is answered.
      await players[0]?.ask('OPTIONS', '*');
      clock.advance(30_000);
      await players[2]?.closed;
      expect(players.map(({ socket }) => socket.destroyed)).toEqual([false, false, true]);
    });
  });
});
