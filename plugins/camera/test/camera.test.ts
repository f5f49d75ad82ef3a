import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { startTestEngine, type TestEngine } from '@sluice/core/testing';
import camera from '../src/index.js';
import { type Message, PASSWORD, Platform } from './platform.js';

const ID = '34020000001320000001';
const FILE = join(import.meta.dirname, 'fixtures/b-frames.mp4');
const SSRC = '0200000077';

/** RTP as it comes, over whatever. */
interface Packet {
  readonly bytes: Buffer;
  readonly atMs: number;
}

class Receiver {
  readonly packets: Packet[] = [];
  #wake: () => void = () => undefined;

  take(bytes: Buffer): void {
    this.packets.push({ bytes, atMs: performance.now() });
    this.#wake();
  }

  async until(enough: (packets: readonly Packet[]) => boolean): Promise<readonly Packet[]> {
    while (!enough(this.packets)) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.packets;
  }

  /** Takes RFC 4571 frames from a socket. */
  readFrom(socket: Socket): void {
    let rest = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('data', (data: Buffer) => {
      rest = Buffer.concat([rest, data]);
      while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
        const length = rest.readUInt16BE(0);
        this.take(rest.subarray(2, 2 + length));
        rest = rest.subarray(2 + length);
      }
    });
  }
}

const timestampOf = ({ bytes }: Packet) => bytes.readUInt32BE(4);
const contiguous = (packets: readonly Packet[]) =>
  packets.every(({ bytes }, i) => i === 0 || bytes.readUInt16BE(2) === ((packets[i - 1] as Packet).bytes.readUInt16BE(2) + 1) % 65_536);

function offer(port: number, changes: { session?: string; media?: string; times?: string; lines?: readonly string[] } = {}): string {
  const { session = 'Play', media = 'RTP/AVP', times = '0 0', lines = [] } = changes;
  return `${['v=0', 'o=x 0 0 IN IP4 127.0.0.1', `s=${session}`, 'c=IN IP4 127.0.0.1', `t=${times}`, `m=video ${port} ${media} 96`, 'a=recvonly', ...lines, 'a=rtpmap:96 PS/90000', `y=${SSRC}`, 'f='].join('\r\n')}\r\n`;
}

describe('a simulated camera', () => {
  let platform: Platform;
  let engine: TestEngine | undefined;
  const closing: (() => void)[] = [];

  beforeEach(async () => {
    platform = await Platform.open();
  });
  afterEach(async () => {
    await engine?.dispose();
    engine = undefined;
    platform.close();
    for (const close of closing.splice(0)) close();
  });

  const start = async (config: Readonly<Record<string, unknown>> = {}) => {
    engine = await startTestEngine({ plugins: [camera], config: { camera: { server: platform.address, password: PASSWORD, id: ID, file: FILE, ...config } } });
  };

  /** A UDP port for media. */
  async function udpReceiver() {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const receiver = new Receiver();
    socket.on('message', (bytes) => receiver.take(bytes));
    closing.push(() => socket.close());
    return { receiver, port: socket.address().port };
  }

  /** Invites and acknowledges; the answer, and how to go on in the dialog. */
  async function invite(body: string, callId = 'call1', to = ID) {
    const accepted = await platform.request('INVITE', ID, { callId, cseq: 1, body, type: 'APPLICATION/SDP', to });
    const toTag = /tag=(\S+)/.exec(accepted.header('to'))?.[1] ?? '';
    const go = { callId, toTag, to };
    platform.send('ACK', ID, { ...go, cseq: 1 });
    let cseq = 1;
    const info = (order: string): Promise<Message> =>
      platform.request('INFO', ID, { ...go, cseq: ++cseq, type: 'Application/MANSRTSP', body: `${order.replaceAll('|', '\r\n')}\r\n` });
    const bye = (): Promise<Message> => platform.request('BYE', ID, { ...go, cseq: ++cseq });
    return { accepted, info, bye };
  }

  it('registers with a digest, keeps alive, and is taken off at the end', async () => {
    await start({ keepaliveSeconds: 1 });
    const registered = await platform.registered(ID);
    expect(registered.header('contact')).toMatch(new RegExp(`^<sip:${ID}@127\\.0\\.0\\.1:\\d+>`));
    expect([registered.header('expires'), registered.header('x-gb-ver')]).toEqual(['3600', '2.0']);
    const [keepalive] = await platform.bodiesWith('Keepalive');
    expect(keepalive).toContain(`<DeviceID>${ID}</DeviceID>\r\n<Status>OK</Status>`);
    await engine?.stop();
    const last = platform.messages.filter(({ kind }) => kind === 'REGISTER').at(-1);
    expect([last?.header('expires'), last?.header('authorization')]).toEqual(['0', expect.stringContaining('Digest ')]);
  });

  it('with a wrong password is not registered and tries again', async () => {
    await start({ password: 'wrong', retrySeconds: 1 });
    await platform.until(() => platform.messages.filter(({ kind }) => kind === 'REGISTER').length >= 4);
    expect(platform.messages.filter(({ kind }) => kind === 'REGISTER').every(({ header }) => header('expires') === '3600')).toBe(true);
  });

  it('registers again when its keepalive is refused', async () => {
    await start({ keepaliveSeconds: 1 });
    await platform.registered(ID);
    platform.deaf = true;
    const keepalive = await platform.until(({ kind, body }) => kind === 'MESSAGE' && body.includes('Keepalive'));
    const before = platform.messages.length;
    platform.refuse(keepalive, '403 Forbidden');
    await platform.until(() => platform.messages.slice(before).some(({ kind }) => kind === 'REGISTER'));
  });

  it('answers a catalog of 25 channels in pages, each after the one before, and what else is asked', async () => {
    await start({ channels: 25 });
    await platform.registered(ID);
    expect((await platform.query(ID, 'Catalog')).kind).toBe('200');
    const seen = new Set<string>();
    for (let pages = 1; seen.size < 25; pages++) {
      const page = (await platform.bodiesWith('DeviceList', pages))[pages - 1] ?? '';
      expect(page).toContain('<SumNum>25</SumNum>');
      expect(page).toContain('<SN>42</SN>');
      const ids = [...page.matchAll(/<Item>\s*<DeviceID>(\d{20})</g)].map(([, id]) => id as string);
      expect(ids.some((id) => seen.has(id))).toBe(false);
      for (const id of ids) seen.add(id);
    }
    expect([...seen][0]).toBe('34020000001310000001');
    await platform.query(ID, 'DeviceInfo');
    expect((await platform.bodiesWith('<Firmware>'))[0]).toContain('<Channel>25</Channel>');
    await platform.query(ID, 'DeviceStatus');
    expect((await platform.bodiesWith('<Encode>'))[0]).toMatch(/<DeviceTime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d</);
    await platform.query(ID, 'SDCardStatus');
    expect((await platform.bodiesWith('SDCardStatus'))[0]).toContain('<Result>ERROR</Result>');
    await platform.query(ID, 'DeviceControl', '<GuardCmd>SetGuard</GuardCmd>', 'Control');
    expect((await platform.bodiesWith('DeviceControl'))[0]).toContain('<Result>OK</Result>');
  });

  it('lists its recordings', async () => {
    await start({ recordHours: 48, recordMinutes: 30 });
    await platform.registered(ID);
    const beijing = (ago: number) => new Date(Date.now() + 8 * 3_600_000 - ago * 3_600_000).toISOString().slice(0, 19);
    await platform.query(ID, 'RecordInfo', `<StartTime>${beijing(30)}</StartTime><EndTime>${beijing(20)}</EndTime>`);
    const items = () => platform.bodies.flatMap((body) => [...body.matchAll(/<StartTime>([^<]*)<[\s\S]*?<EndTime>([^<]*)</g)]);
    await platform.until(() => items().length >= 20);
    const [, first = ''] = items()[0] ?? [];
    expect(first <= beijing(30)).toBe(true);
    expect(items().every(([, begin = '', end = '']) => Date.parse(end) - Date.parse(begin) === 1_800_000)).toBe(true);
    await platform.query(ID, 'RecordInfo', '<StartTime>2001-01-01T00:00:00</StartTime><EndTime>2001-01-02T00:00:00</EndTime>');
    await platform.bodiesWith('<SumNum>0</SumNum>');
  });

  it('plays live over UDP, round and round, until BYE', async () => {
    await start();
    await platform.registered(ID);
    const { receiver, port } = await udpReceiver();
    const { accepted, bye } = await invite(offer(port));
    expect(accepted.kind).toBe('200');
    expect(accepted.body).toMatch(new RegExp(`m=video \\d+ RTP/AVP 96\\r\\na=sendonly\\r\\na=rtpmap:96 PS/90000\\r\\ny=${SSRC}\\r\\nf=\\r\\n$`));
    const seconds = (packets: readonly Packet[]) => packets.length > 0 && timestampOf(packets.at(-1) as Packet) - timestampOf(packets[0] as Packet);
    const packets = await receiver.until((all) => Number(seconds(all)) > 2.5 * 90_000);
    expect(packets.every(({ bytes }) => bytes.readUInt32BE(8) === Number(SSRC))).toBe(true);
    expect(contiguous(packets)).toBe(true);
    expect(packets[0]?.bytes.readUInt32BE(12)).toBe(0x1ba);
    const wallMs = (packets.at(-1) as Packet).atMs - (packets[0] as Packet).atMs;
    expect(wallMs).toBeGreaterThan(2300);
    expect(wallMs).toBeLessThan(3500);
    expect((await bye()).kind).toBe('200');
  });

  it('connects to a platform that listens, and listens for one that connects', async () => {
    await start();
    await platform.registered(ID);
    const passive = new Receiver();
    const server = createServer((socket) => passive.readFrom(socket)).listen(0, '127.0.0.1');
    closing.push(() => server.close());
    await once(server, 'listening');
    const out = await invite(offer((server.address() as AddressInfo).port, { media: 'TCP/RTP/AVP', lines: ['a=setup:passive', 'a=connection:new'] }), 'out');
    expect(out.accepted.body).toContain('a=setup:active');
    expect(contiguous(await passive.until((packets) => packets.length > 30))).toBe(true);
    await out.bye();

    const active = new Receiver();
    const into = await invite(offer(9, { media: 'TCP/RTP/AVP', lines: ['a=setup:active', 'a=connection:new'] }), 'into');
    expect(into.accepted.body).toContain('a=setup:passive');
    const socket = connect(Number(/m=video (\d+)/.exec(into.accepted.body)?.[1]), '127.0.0.1');
    active.readFrom(socket);
    expect(contiguous(await active.until((packets) => packets.length > 30))).toBe(true);
    const closed = once(socket, 'close');
    await into.bye();
    await closed;
  });

  it('ends a call whose connection breaks', async () => {
    await start();
    await platform.registered(ID);
    const server = createServer((socket) => socket.once('data', () => socket.destroy())).listen(0, '127.0.0.1');
    closing.push(() => server.close());
    await once(server, 'listening');
    await invite(offer((server.address() as AddressInfo).port, { media: 'TCP/RTP/AVP', lines: ['a=setup:passive'] }));
    await platform.until(({ kind }) => kind === 'BYE');
  });

  it('plays a recording: pause, resume, seek, speed, the end', async () => {
    await start();
    await platform.registered(ID);
    const { receiver, port } = await udpReceiver();
    const { info } = await invite(offer(port, { session: 'Playback', times: '1700000000 1700000030' }));
    await receiver.until((packets) => packets.length > 20);
    expect((await info('PAUSE RTSP/1.0|CSeq: 2|PauseTime: now|')).kind).toBe('200');
    // What was on its way when the order came has arrived by the next answer.
    await platform.query(ID, 'DeviceInfo');
    const paused = receiver.packets.length;
    await platform.query(ID, 'DeviceStatus');
    await platform.bodiesWith('<Encode>');
    expect(receiver.packets.length).toBe(paused);
    expect((await info('PLAY RTSP/1.0|CSeq: 3|Range: npt=now-|')).kind).toBe('200');
    await receiver.until((packets) => packets.length > paused + 10);
    const beforeSeek = receiver.packets.length;
    await info('PLAY MANSRTSP/1.0|CSeq: 4|Range: npt=25-|');
    await receiver.until((packets) => packets.length > beforeSeek + 10);
    const beforeSpeed = performance.now();
    await info('PLAY RTSP/1.0|CSeq: 5|Scale: 4.0|');
    const [status] = await platform.bodiesWith('MediaStatus');
    expect(status).toContain('<NotifyType>121</NotifyType>');
    // Five seconds and a bit, four times as fast.
    expect(performance.now() - beforeSpeed).toBeLessThan(3000);
    const inDialog = platform.messages.find(({ body }) => body.includes('MediaStatus'));
    expect([inDialog?.header('call-id'), inDialog?.header('to')]).toEqual(['call1', expect.stringContaining('tag=platform1')]);
    expect(contiguous(receiver.packets)).toBe(true);
    const times = receiver.packets.map(timestampOf);
    // The stream's time never jumps: sound lies before the picture it follows by less than half a second.
    expect(times.every((time, i) => i === 0 || Math.abs(time - (times[i - 1] as number)) < 45_000)).toBe(true);
  }, 20_000);

  it('refuses what it cannot do', async () => {
    await start({ maxCalls: 1 });
    await platform.registered(ID);
    const kind = async (body: string, callId: string, to = ID) =>
      (await platform.request('INVITE', ID, { callId, cseq: 1, body, type: 'APPLICATION/SDP', to })).kind;
    expect(await kind('v=0\r\n', 'a')).toBe('488');
    expect(await kind(offer(9).replace('PS/90000', 'H264/90000'), 'b')).toBe('488');
    expect(await kind(offer(9), 'c', '34020000001320000009')).toBe('404');
    const { port } = await udpReceiver();
    const { info } = await invite(offer(port), 'd');
    expect(await kind(offer(port), 'e')).toBe('486');
    expect((await info('PAUSE RTSP/1.0|')).kind).toBe('488');
    expect((await platform.request('INFO', ID, { callId: 'nobody', cseq: 3, body: 'x' })).kind).toBe('481');
  });
});
