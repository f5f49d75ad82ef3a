import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { run, start } from '../../e2e/support/programs.js';
import { sendProgramStream } from '../../e2e/support/ps-sender.js';
import type { Fresh, ScorecardTest, Site } from '../types.js';
import { becomes, check, checkNone, pause } from './support/check.js';

/** Forged packets of a kind and source. */
const PACKETS = 60;

interface Channel {
  readonly channelId: string;
  readonly ip: string;
  readonly port: number;
  readonly ssrc: string;
}
interface Stream {
  readonly state: string;
  readonly publisher: { readonly sessionId: string } | null;
  readonly health: Readonly<Record<string, number>>;
}

const post = <T>(server: Fresh, path: string, body: object): Promise<{ readonly status: number; readonly body: T }> =>
  server.api<T>(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

/** A program stream as cameras send it, made by ffmpeg. */
async function programStream(): Promise<Buffer> {
  const source = ['-f', 'lavfi', '-i', 'testsrc=size=320x240:rate=25', '-t', '4'];
  const { stdout } = await run('ffmpeg', [
    '-v',
    'error',
    ...source,
    '-c:v',
    'libx264',
    '-preset',
    'ultrafast',
    '-g',
    '25',
    '-bf',
    '0',
    '-pix_fmt',
    'yuv420p',
    '-f',
    'vob',
    '-',
  ]);
  return stdout;
}

/** RTP with a payload that would spoil a picture. */
function rtp(ssrc: number, sequence: number): Buffer {
  const packet = Buffer.alloc(400, 0xa5);
  packet.writeUInt16BE(0x8060);
  packet.writeUInt16BE(sequence & 0xffff, 2);
  packet.writeUInt32BE(sequence * 3600, 4);
  packet.writeUInt32BE(ssrc, 8);
  return packet;
}

/** BYE, an APP, and a sender report that lies about the time (RFC 3550 6). */
function rtcp(ssrc: number): Buffer[] {
  const of = (head: number, words: number): Buffer => {
    const packet = Buffer.alloc(4 + 4 * words);
    packet.writeUInt16BE(head);
    packet.writeUInt16BE(words, 2);
    packet.writeUInt32BE(ssrc, 4);
    return packet;
  };
  return [of(0x81cb, 1), of(0x80cc, 2), of(0x80c8, 6), Buffer.concat([of(0x80c9, 1), of(0x81cb, 1)])];
}

async function stranger(from: string): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.on('error', () => {});
  socket.bind(0, from);
  await once(socket, 'listening');
  return socket;
}

/** Everything a stranger can throw at a port. */
async function attack(site: Site, { port, ssrc }: Channel): Promise<void> {
  const right = Number(ssrc);
  for (const from of ['127.0.0.1', '127.0.0.2']) {
    const socket = await stranger(from);
    for (let i = 0; i < PACKETS; i++) {
      socket.send(rtp(right, 30_000 + i), port, '127.0.0.1');
      socket.send(rtp(0xdead0000 + (i % 7), i), port, '127.0.0.1');
      if (i % 10 === 0) for (const packet of rtcp(right)) for (const to of [port, port + 1]) socket.send(packet, to, '127.0.0.1');
      await pause(10);
    }
    socket.close();
    const connection = site.tcp(port, { from });
    const framed = Array.from({ length: 20 }, (_, index) => rtp(right, 40_000 + index)).flatMap((packet) => [
      Buffer.from([packet.length >> 8, packet.length & 0xff]),
      packet,
    ]);
    await connection.send(Buffer.concat(framed));
    await pause(300);
    connection.close();
  }
}

/** To the ports that RTSP has for all, and to one that nobody leased. */
async function attackOthers(site: Site): Promise<void> {
  const socket = await stranger('127.0.0.3');
  for (const port of [site.ports.rtspUdp, site.ports.rtspUdp + 1, 30_498, 30_499]) {
    for (let i = 0; i < PACKETS; i++) socket.send(i % 5 === 0 ? (rtcp(i)[0] as Buffer) : rtp(i, i), port, '127.0.0.1');
  }
  await pause(300);
  socket.close();
}

/** A stream by RTP, attacked; answers what changed, and how many forged packets were counted. */
async function attackStream(site: Site, media: Buffer, port: 'single' | 'range'): Promise<number> {
  const name = `forged-${port}`;
  const path = `gb/${name}`;
  const { body: channel, status } = await post<Channel>(site, '/create_pullChannel', { streamId: name, transport: 'udp', port });
  check(status < 300, () => `create_pullChannel answered ${status}`);
  await post(site, '/start_pullChannel', { channelId: channel.channelId });
  const sender = sendProgramStream(media, { host: '127.0.0.1', port: channel.port, transport: 'udp', ssrc: Number(channel.ssrc) });
  const stream = async (): Promise<Stream | undefined> =>
    site.api<Stream>(`/streams/${path}`).then((answer) => (answer.status === 200 ? answer.body : undefined));
  const unknown = async (): Promise<number> => (await site.counters()).get('sluice_errors_total{plugin="rtp-ps",kind="unknown-ssrc"}') ?? 0;
  try {
    check(await becomes(async () => (await stream())?.state === 'live', 15_000), () => `${path} did not come up`);
    const viewer = start('ffmpeg', ['-v', 'error', '-i', site.url('http', `${path}.flv`), '-f', 'null', '-']);
    await pause(1000);
    const before = await stream();
    const unknownBefore = await unknown();
    await attack(site, channel);
    await pause(1500);
    const after = await stream();
    const wrong: string[] = [];
    if (after?.state !== 'live' || after.publisher?.sessionId !== before?.publisher?.sessionId) wrong.push(`${path} is another, or gone`);
    const damage = (seen: Stream | undefined): number =>
      (seen?.health.lost ?? 0) + (seen?.health.damaged ?? 0) + (seen?.health.resyncs ?? 0) + (seen?.health.refused ?? 0);
    if (damage(after) > damage(before)) wrong.push(`${path} was damaged: ${JSON.stringify(after?.health)}`);
    if (viewer.process.exitCode !== null) wrong.push(`the viewer of ${path} ended`);
    if (viewer.output().trim() !== '') wrong.push(`the viewer of ${path} saw ${viewer.output().trim().slice(0, 200)}`);
    const foreign = (after?.health.foreign ?? 0) - (before?.health.foreign ?? 0);
    if (foreign < 2 * PACKETS) wrong.push(`${foreign} forged packets counted for ${path}`);
    if (port === 'single' && (await unknown()) - unknownBefore < PACKETS) wrong.push('packets of unknown SSRCs were not counted');
    await viewer.stop('SIGKILL');
    checkNone(wrong, 'forged RTP');
    return foreign;
  } finally {
    sender.stop();
    await post(site, '/delete_pullChannel', { channelId: channel.channelId });
  }
}

/** S9: media of somebody else. */
export const forgedMedia: ScorecardTest = {
  id: 'S9',
  title: 'RTP of unknown SSRCs, of the right one from elsewhere, forged RTCP BYE',
  programs: ['ffmpeg'],
  async run(site) {
    const media = await programStream();
    await attackOthers(site);
    const counted = [await attackStream(site, media, 'single'), await attackStream(site, media, 'range')];
    const { body } = await site.api<{ readonly items: readonly { readonly path: string }[] }>('/streams');
    checkNone(
      body.items.filter(({ path }) => path.startsWith('gb/') && !path.startsWith('gb/forged-')).map(({ path }) => path),
      'streams of forged packets',
    );
    return `streams unchanged on the shared port and on one of their own; ${counted.join(' and ')} forged packets counted`;
  },
};
