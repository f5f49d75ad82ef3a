import { createSocket } from 'node:dgram';
import { setTimeout as sleep } from 'node:timers/promises';
import { inParallel } from '../../e2e/support/corpus.js';
import { command, connecting, handshake, NO_OBJECT } from '../../e2e/support/rtmp-bytes.js';
import { type RtspBytes, rtspBytes } from '../../e2e/support/rtsp-bytes.js';
import { stranger } from '../strangers.js';
import type { ScorecardTest, Site } from '../types.js';
import { ping } from './rtmp-control.js';

const AT_ONCE = 8;
const STATE_MS = 40_000;
const TCP = 'RTP/AVP/TCP;unicast;interleaved=0-1';

/** All orders of the items. */
export function permutations<T>(items: readonly T[]): T[][] {
  return items.length < 2 ? [[...items]] : items.flatMap((first, at) => permutations(items.toSpliced(at, 1)).map((rest) => [first, ...rest]));
}

const METHODS = ['OPTIONS', 'DESCRIBE', 'SETUP', 'PLAY', 'PAUSE', 'TEARDOWN'] as const;
type Method = (typeof METHODS)[number];
type State = 'init' | 'ready' | 'playing' | 'ended';

/** What each method is answered in each state (RFC 2326 A.2), with the session's id once there is one. */
const ANSWERS: Readonly<Record<State, Readonly<Record<Method, number>>>> = {
  init: { OPTIONS: 200, DESCRIBE: 200, SETUP: 200, PLAY: 455, PAUSE: 455, TEARDOWN: 454 },
  ready: { OPTIONS: 200, DESCRIBE: 200, SETUP: 461, PLAY: 200, PAUSE: 455, TEARDOWN: 200 },
  playing: { OPTIONS: 200, DESCRIBE: 200, SETUP: 455, PLAY: 200, PAUSE: 200, TEARDOWN: 200 },
  ended: { OPTIONS: 454, DESCRIBE: 454, SETUP: 454, PLAY: 454, PAUSE: 454, TEARDOWN: 454 },
};
const NEXT: Readonly<Partial<Record<Method, State>>> = { SETUP: 'ready', PLAY: 'playing', PAUSE: 'ready', TEARDOWN: 'ended' };

async function rtspOrder(site: Site, order: readonly Method[]): Promise<void> {
  const url = site.url('rtsp', site.reference);
  const client = rtspBytes(site.ports.rtsp);
  let state: State = 'init';
  let session: string | undefined;
  for (const method of order) {
    const headers = { ...(method === 'SETUP' ? { Transport: TCP } : {}), ...(session === undefined ? {} : { Session: session }) };
    const answer = await client.ask(method, method === 'SETUP' ? `${url}/trackID=0` : url, headers);
    if (answer?.status !== ANSWERS[state][method]) throw new Error(`RTSP ${order.join(' ')}: ${method} is answered ${answer?.status} while ${state}`);
    if (answer.status === 200) state = NEXT[method] ?? state;
    session = answer.headers.get('session')?.split(';')[0] ?? session;
  }
  client.close();
}

const setUp = async (client: RtspBytes, url: string, transport: string, session?: string) =>
  client.ask('SETUP', `${url}/trackID=0`, { Transport: transport, ...(session === undefined ? {} : { Session: session }) });

/** SETUPs and sessions that are not right, and what they are answered. */
const WRONG: readonly (readonly [name: string, status: number, ask: (client: RtspBytes, url: string) => Promise<{ readonly status: number } | undefined>])[] = [
  ['port 0', 461, (client, url) => setUp(client, url, 'RTP/AVP;unicast;client_port=0-1')],
  ['channels 255 and 256', 461, (client, url) => setUp(client, url, 'RTP/AVP/TCP;unicast;interleaved=255-256')],
  ['channel 255 alone', 461, (client, url) => setUp(client, url, 'RTP/AVP/TCP;unicast;interleaved=255')],
  ['a foreign session in SETUP', 454, (client, url) => setUp(client, url, TCP, '0123456789abcdef')],
  ...(['PLAY', 'PAUSE', 'TEARDOWN', 'GET_PARAMETER'] as const).map(
    (method) =>
      [
        `a foreign session in ${method}`,
        454,
        async (client: RtspBytes, url: string) => {
          await setUp(client, url, TCP);
          return client.ask(method, url, { Session: '0123456789abcdef' });
        },
      ] as const,
  ),
  [
    'a track set up twice',
    455,
    async (client, url) => {
      const session = (await setUp(client, url, TCP))?.headers.get('session')?.split(';')[0];
      return setUp(client, url, 'RTP/AVP/TCP;unicast;interleaved=2-3', session);
    },
  ],
];

async function rtspWrong(site: Site): Promise<void> {
  for (const [name, status, ask] of WRONG) {
    const client = rtspBytes(site.ports.rtsp);
    const answer = await ask(client, site.url('rtsp', site.reference));
    client.close();
    if (answer?.status !== status) throw new Error(`RTSP ${name}: answered ${answer?.status}, not ${status}`);
  }
}

/** RTMP commands in an order: each ends with the connection closed, or a ping answered. */
async function rtmpOrder(site: Site, order: readonly string[], index: number): Promise<void> {
  const commands: Readonly<Record<string, Buffer>> = {
    connect: connecting('b6'),
    createStream: command('createStream', 2, [NO_OBJECT]),
    publish: command('publish', 3, [NO_OBJECT, `order${index}`, 'live'], 1),
    play: command('play', 4, [NO_OBJECT, 'nobody'], 1),
    deleteStream: command('deleteStream', 5, [NO_OBJECT, 1]),
  };
  const connection = site.tcp(site.ports.rtmp, { from: stranger(index) });
  await connection.send(Buffer.concat([handshake, ...order.map((name) => commands[name] ?? Buffer.alloc(0)), ping(0x0b6b6b6b)]));
  const pong = Buffer.from([0, 7, 0x0b, 0x6b, 0x6b, 0x6b]);
  const ponged = await connection.gets((received) => received.includes(pong), 3000);
  const closed = connection.isClosed();
  connection.close();
  if (!ponged && !closed) throw new Error(`RTMP ${order.join(' ')}: neither answered nor closed`);
}

const sipRequest = (method: string, transport: string, port: number): string =>
  [
    `${method} sip:34020000002000000001@3402000000 SIP/2.0`,
    `Via: SIP/2.0/${transport} 127.0.0.1:${port};rport;branch=z9hG4bK${method}${port}`,
    `From: <sip:34020000001320000001@3402000000>;tag=b6`,
    `To: <sip:34020000002000000001@3402000000>;tag=nobody`,
    `Call-ID: b6-${method}-${transport}`,
    `CSeq: 7 ${method}`,
    'Max-Forwards: 70',
    'Content-Length: 0',
    '\r\n',
  ].join('\r\n');

/** The status a request over UDP is answered with; nothing where it is not within a second. */
async function sipOverUdp(port: number, method: string): Promise<number | undefined> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const answer = new Promise<number | undefined>((resolve) => {
    socket.on('message', (bytes) => resolve(Number(bytes.toString('latin1').match(/^SIP\/2\.0 (\d+)/)?.[1])));
    setTimeout(() => resolve(undefined), 1000);
  });
  socket.send(sipRequest(method, 'UDP', socket.address().port), port, '127.0.0.1');
  const status = await answer;
  socket.close();
  return status;
}

async function sipOverTcp(site: Site, method: string): Promise<number | undefined> {
  const connection = site.tcp(site.ports.sip, { from: '127.0.0.2' });
  await connection.send(sipRequest(method, 'TCP', 5071));
  await connection.gets((received) => received.includes('\r\n\r\n'), 1000);
  connection.close();
  const status = connection
    .received()
    .toString('latin1')
    .match(/^SIP\/2\.0 (\d+)/)?.[1];
  return status === undefined ? undefined : Number(status);
}

async function sipWithoutDialog(site: Site): Promise<void> {
  for (const [method, status] of [
    ['ACK', undefined],
    ['BYE', 481],
    ['CANCEL', 481],
  ] as const) {
    for (const [transport, answered] of [
      ['UDP', await sipOverUdp(site.ports.sip, method)],
      ['TCP', await sipOverTcp(site, method)],
    ] as const) {
      if (answered !== status) throw new Error(`SIP ${method} over ${transport} is answered ${answered}, not ${status}`);
    }
  }
}

/** What there is of sessions, streams and dialogs. */
async function state(site: Site): Promise<string> {
  const counted = [...(await site.counters())].filter(([name, value]) => /^sluice_(sessions|streams|sip_dialogs|rtp_leases)\b/.test(name) && value > 0);
  return counted.map(([name, value]) => `${name} ${value}`).join(', ');
}

/** B6: everything at the wrong time. */
export const b6: ScorecardTest = {
  id: 'B6',
  title: 'RTSP in 720 orders, wrong SETUPs and sessions; RTMP in 120 orders; SIP without a dialog',
  async run(site) {
    const before = await state(site);
    const orders = permutations(METHODS);
    await inParallel(orders, AT_ONCE, (order) => rtspOrder(site, order));
    await rtspWrong(site);
    const rtmp = permutations(['connect', 'createStream', 'publish', 'play', 'deleteStream']);
    await inParallel([...rtmp.entries()], AT_ONCE, ([index, order]) => rtmpOrder(site, order, index));
    await sipWithoutDialog(site);
    const deadline = performance.now() + STATE_MS;
    while ((await state(site)) !== before) {
      if (performance.now() > deadline) throw new Error(`left: ${await state(site)}; before: ${before}`);
      await sleep(500);
    }
    return `${orders.length} + ${WRONG.length} RTSP, ${rtmp.length} RTMP, 6 SIP by the book; no state left`;
  },
};
