import { Buffer } from 'node:buffer';
import { once } from 'node:events';
import { FakeClock } from '@sluice/core/testing';
import { parseRtcp, parseRtp, serializeReceiverReport } from '@sluice/plugin-format-rtp';
import { rtpPacket, SDP, SDP_TYPE, sound, startsServers, udp, url } from './support/server-site.js';

const PCMA_PICTURE = SDP.replace('m=audio', 'm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:streamid=1\r\nm=audio');

describe('the server over UDP', () => {
  const site = startsServers();
  const { bind, open, portOf, publish, start } = site;

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
    expect(site.engine.streams.describe('live/a')).toMatchObject({ tracks: [{ codec: 'g711a' }], health: { reordered: 1 } });
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

  it('ends a session over UDP without a sign of life, and keeps one that gives it by request or receiver report', async () => {
    const clock = new FakeClock();
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
    const seen = site.engine.streams.sessions('live/a').length;
    expect(seen).toBe(4);
    ends[1]?.rtcp.socket.send(serializeReceiverReport({ ssrc: 1, reports: [] }), portOf('udp/rtcp'), '127.0.0.1');
    // The report is there once a request that was sent after it is answered.
    await players[0]?.ask('OPTIONS', '*');
    clock.advance(30_000);
    await players[2]?.closed;
    expect(players.map(({ socket }) => socket.destroyed)).toEqual([false, false, true]);
  });
});
