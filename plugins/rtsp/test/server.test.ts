import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { join } from 'node:path';
import { createFrame, definePlugin, type Frame, type TrackDeriver, trackDerivers } from '@sluice/core';
import { FakeClock } from '@sluice/core/testing';
import { aac, makeAudioSpecificConfig, parseAudioSpecificConfig } from '@sluice/plugin-codec-aac';
import { parseRtcp } from '@sluice/plugin-format-rtp';
import { parseSdp } from '../src/proto/sdp.js';
import type { RawClient } from './support/raw-client.js';
import { packetsOf, rtpPacket, SDP, SDP_TYPE, sound, startsServers, tcp, udp, url } from './support/server-site.js';

const fixtures = join(import.meta.dirname, 'fixtures');

describe('the server', () => {
  const site = startsServers();
  const { open, play, publish, record, start } = site;

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
    await site.engine.reported(({ type }) => type === 'stream.tracks');
    const subscription = await site.engine.subscribe('live/a', { start: 'now' });
    client.frame(0, rtpPacket(2));
    client.frame(0, rtpPacket(4));
    const frames: Frame[] = [];
    for await (const frame of subscription) if (frames.push(frame) === 2) break;
    expect(frames.map(({ units }) => units[0]?.[0])).toEqual([2, 4]);
    expect(site.engine.streams.describe('live/a')).toMatchObject({ publisher: { protocol: 'rtsp', query: { owner: 'x' } }, tracks: [{ codec: 'g711a' }] });
    expect((await client.ask('TEARDOWN', url('live/a'))).status).toBe(200);
    expect(site.engine.streams.describe('live/a')).toBeUndefined();
    // The connection may begin anew.
    expect((await client.ask('ANNOUNCE', url('live/c'), SDP_TYPE, SDP)).status).toBe(200);
  });

  it('refuses who comes second with 403', async () => {
    await start();
    const first = await record('live/a');
    first.frame(0, rtpPacket(1));
    await site.engine.reported(({ type }) => type === 'stream.tracks');
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
    const { data: told } = await site.engine.reported(({ type }) => type === 'stream.tracks');
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

  it('sends away a player whose track became another one meanwhile, to ask anew', async () => {
    await start();
    const publisher = await publish('live/a');
    const watching = await play('live/a', '0-1');
    const client = await open();
    await client.ask('DESCRIBE', url('live/a'));
    await client.ask('SETUP', `${url('live/a')}/trackID=1`, tcp('0-1'));
    const { track } = sound(0);
    publisher.write({ ...sound(3), track: { ...track, info: { ...track.info, sampleRate: 16_000 }, epoch: 1 } });
    await watching.closed;
    expect((await client.ask('PLAY', url('live/a'))).status).toBe(454);
    expect((await play('live/a', '0-1')).frames).toBeDefined();
  });

  it('pauses and plays on', async () => {
    await start();
    const publisher = await publish('live/a');
    const client = await play('live/a', '0-1');
    expect((await client.ask('PAUSE', url('live/a'))).status).toBe(200);
    expect(site.engine.streams.sessions('live/a').filter(({ kind }) => kind === 'viewer')).toEqual([]);
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

  it('closes a connection that asks for nothing', async () => {
    const clock = new FakeClock();
    await start({}, { clock });
    const client = await open();
    await client.ask('DESCRIBE', url('live/none'));
    clock.advance(11_000);
    await client.closed;
  });
});
