import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine, type Engine } from '@sluice/core';
import { serializeRtp, serializeRtpDumpHeader, serializeRtpDumpRecord } from '@sluice/plugin-format-rtp';
import plugin, { type ReplayRequest, replayService } from '../src/index.js';
import { requestOf, runReplay } from '../src/net/run.js';
import { withSsrc } from '../src/proto/ssrc.js';

const COUNT = 30;
const EVERY_MS = 10;
const SENDER_REPORT = Buffer.from('80c80001deadbeef', 'hex');

const packets = Array.from({ length: COUNT }, (_, i) =>
  serializeRtp({ marker: i % 3 === 2, payloadType: 96, sequence: 65_530 + i, timestamp: i * 900, ssrc: 0xdeadbeef, payload: Buffer.alloc(1400, i) }),
);
const dump = (records: readonly { readonly offsetMs: number; readonly bytes: Buffer }[]) =>
  Buffer.concat([serializeRtpDumpHeader({ startMs: 0, address: '192.0.2.1', port: 5000 }), ...records.map(serializeRtpDumpRecord)]);
// It began 700 ms before the first packet.
const paced = packets.map((bytes, i) => ({ offsetMs: 700 + i * EVERY_MS, bytes }));

describe('replay', () => {
  let folder = '';
  let engine: Engine;
  const sockets: Socket[] = [];
  let files = 0;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-'));
    engine = await createEngine({ plugins: [plugin], config: { engine: { data: folder } } });
    await engine.start();
  });
  afterAll(async () => {
    for (const socket of sockets) socket.close();
    await engine.stop();
    rmSync(folder, { recursive: true });
  });

  const fileOf = (bytes: Buffer): string => {
    const file = join(folder, `${++files}.rtp`);
    writeFileSync(file, bytes);
    return file;
  };
  const replay = (request: Partial<ReplayRequest> & { readonly port: number }) =>
    engine.service(replayService).replay({ file: fileOf(dump(paced)), host: '127.0.0.1', transport: 'udp', ...request });

  /** A UDP port and what came to it, with times. */
  async function listen(port = 0) {
    const socket = createSocket('udp4');
    sockets.push(socket);
    const received: { readonly bytes: Buffer; readonly atMs: number }[] = [];
    socket.on('message', (bytes) => received.push({ bytes, atMs: performance.now() }));
    socket.bind(port, '127.0.0.1');
    await once(socket, 'listening');
    return { received, port: socket.address().port };
  }

  /** A TCP port and all bytes of the first connection to it. */
  async function accept() {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const bytes = once(server, 'connection').then(async ([socket]) => {
      const parts: Buffer[] = [];
      for await (const part of socket) parts.push(part);
      server.close();
      return Buffer.concat(parts);
    });
    return { bytes, port: (server.address() as AddressInfo).port };
  }

  it('sends every packet as it was, at its pace, over UDP', async () => {
    const { received, port } = await listen();
    const result = await replay({ port });
    expect(received.map(({ bytes }) => bytes.toString('hex'))).toEqual(packets.map((bytes) => bytes.toString('hex')));
    expect(result).toMatchObject({ packets: COUNT, bytes: COUNT * 1412, truncated: 0 });
    const tookMs = (received.at(-1)?.atMs ?? 0) - (received[0]?.atMs ?? 0);
    expect(tookMs).toBeGreaterThan((COUNT - 1) * EVERY_MS - 20);
    expect(result.durationMs).toBeLessThan(700 + COUNT * EVERY_MS);
  });

  it('hurries, and takes its time', async () => {
    const { port } = await listen();
    const fast = await replay({ port, speed: 10 });
    const slow = await replay({ port, speed: 0.5 });
    expect(fast.durationMs).toBeGreaterThanOrEqual(((COUNT - 1) * EVERY_MS) / 10);
    expect(slow.durationMs).toBeGreaterThanOrEqual((COUNT - 1) * EVERY_MS * 2);
  });

  it('sends each packet after its length over TCP, all of them before it ends', async () => {
    const { bytes, port } = await accept();
    await replay({ port, transport: 'tcp', speed: 1000 });
    const expected = packets.flatMap((packet) => [Buffer.from([packet.length >> 8, packet.length & 255]), packet]);
    expect((await bytes).equals(Buffer.concat(expected))).toBe(true);
  });

  it('sends RTCP to the next port, another SSRC in both', async () => {
    const rtp = await listen();
    const rtcp = await listen(rtp.port + 1);
    const records = [
      { offsetMs: 0, bytes: packets[0] as Buffer },
      { offsetMs: 1, bytes: SENDER_REPORT },
    ];
    await replay({ port: rtp.port, file: fileOf(dump(records)), ssrc: 200000001 });
    expect(rtp.received.map(({ bytes }) => bytes.readUInt32BE(8))).toEqual([200000001]);
    expect(rtp.received[0]?.bytes.subarray(12)).toEqual(packets[0]?.subarray(12));
    expect(rtcp.received.map(({ bytes }) => bytes.toString('hex'))).toEqual(['80c800010bebc201']);
    expect(withSsrc(Buffer.from([0x80]), 1, false)).toEqual(Buffer.from([0x80]));
    expect(packets[0]?.readUInt32BE(8)).toBe(0xdeadbeef);
  });

  it('leaves packets out that are not whole', async () => {
    const { received, port } = await listen();
    const cut = serializeRtpDumpRecord({ offsetMs: 0, bytes: packets[1] as Buffer }).subarray(0, 200);
    cut.writeUInt16BE(200);
    const file = fileOf(Buffer.concat([dump(paced.slice(0, 1)), cut, serializeRtpDumpRecord({ offsetMs: 701, bytes: packets[2] as Buffer })]));
    expect(await replay({ port, file })).toMatchObject({ packets: 2, truncated: 1 });
    expect(received.map(({ bytes }) => bytes.readUInt16BE(2))).toEqual([65_530, 65_532]);
  });

  it('stops when it is told to', async () => {
    const { received, port } = await listen();
    const ending = new AbortController();
    const far = [paced[0] as (typeof paced)[0], { offsetMs: 3_600_000, bytes: packets[1] as Buffer }];
    const running = replay({ port, file: fileOf(dump(far)), signal: ending.signal });
    while (received.length === 0) await new Promise((resolve) => setImmediate(resolve));
    ending.abort();
    expect(await running).toMatchObject({ packets: 1 });
  });

  it('says what is wrong', async () => {
    await expect(replay({ port: 9, file: join(folder, 'nowhere') })).rejects.toMatchObject({ code: 'ERR_REPLAY_FILE' });
    await expect(replay({ port: 9, file: fileOf(Buffer.from('RIFF....')) })).rejects.toMatchObject({ code: 'ERR_RTP_DUMP' });
    await expect(replay({ port: 9, file: fileOf(Buffer.alloc(0)) })).rejects.toMatchObject({ code: 'ERR_REPLAY_FILE' });
    await expect(replay({ port: 9, host: 'nowhere.invalid' })).rejects.toMatchObject({ code: 'ERR_REPLAY_ADDRESS' });
    const { port } = await listen();
    await expect(replay({ port, transport: 'tcp' })).rejects.toMatchObject({ code: 'ERR_CONNECT' });
  });

  it('is a command', async () => {
    const { received, port } = await listen();
    let printed = '';
    const args = { file: fileOf(dump(paced)), to: `127.0.0.1:${port}`, tcp: false, speed: 100, ssrc: '0200000001' };
    const print = (text: string) => {
      printed += text;
    };
    expect(await runReplay(args, new AbortController().signal, print)).toBe(0);
    expect(printed).toMatch(/^30 packets, 42360 bytes in \d+\.\d s to 127\.0\.0\.1:\d+ over udp\n$/);
    expect(received.every(({ bytes }) => bytes.readUInt32BE(8) === 200000001)).toBe(true);
    expect(requestOf({ ...args, to: '[::1]:5000', tcp: true, ssrc: undefined })).toMatchObject({ host: '::1', port: 5000, transport: 'tcp' });
    for (const wrong of [{ to: 'host' }, { to: 'host:0' }, { to: 'host:70000' }, { speed: 0 }, { speed: Number.NaN }, { ssrc: 'x' }, { ssrc: '4294967296' }]) {
      expect(() => requestOf({ ...args, ...wrong })).toThrow(expect.objectContaining({ code: 'ERR_CONFIG_ARGUMENT' }));
    }
  });
});
