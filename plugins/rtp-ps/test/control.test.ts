import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { closeReason } from '@sluice/core';
import { FakeClock } from '@sluice/core/testing';
import {
  frameRfc4571,
  ntpFromUnixMs,
  type ParsedRtpDumpRecord,
  parseRtcp,
  RtpDumpParser,
  serializeRtp,
  serializeSenderReport,
  WallClock,
} from '@sluice/plugin-format-rtp';
import { ReceiverReports } from '../src/net/receiver-reports.js';
import { closing, framed, freeRange, PPS, Sender, SPS, startBench, until, watch } from './support.js';

const SSRC = '0200000001';

const report = (ssrc: number, wallMs: number, rtpTimestamp: number) =>
  serializeSenderReport({ ssrc, ntpTimestamp: ntpFromUnixMs(wallMs), rtpTimestamp, packetCount: 1, octetCount: 1, reports: [] });

async function pair(first: number): Promise<[Socket, Socket]> {
  const sockets = [createSocket('udp4'), createSocket('udp4')] as const;
  for (const [i, socket] of sockets.entries()) {
    socket.bind(first + i, '127.0.0.1');
    await once(socket, 'listening');
  }
  return [sockets[0], sockets[1]];
}

const send = (socket: Socket, bytes: Buffer, port: number) => new Promise<void>((resolve) => socket.send(bytes, port, '127.0.0.1', () => resolve()));

describe('receiver reports', () => {
  const packet = (sequence: number) => ({ marker: false, payloadType: 96, sequence, timestamp: sequence * 3600, ssrc: 7, csrcs: [], payload: Buffer.alloc(0) });

  it('come every five seconds while something comes, with the loss since the last', () => {
    const reports = new ReceiverReports(new WallClock(), 5000);
    expect(reports.due(10_000)).toBeUndefined();
    reports.begin(7, 90_000, 0);
    for (const sequence of [1, 2, 4]) reports.receive(packet(sequence), sequence * 40);
    expect(reports.due(4999)).toBeUndefined();
    const [first, described] = parseRtcp(reports.due(5000) ?? Buffer.alloc(0));
    expect(first).toMatchObject({ type: 'receiver-report', reports: [{ ssrc: 7, cumulativeLost: 1, fractionLost: 64, jitter: 0 }] });
    expect(described).toMatchObject({ type: 'source-description' });
    expect(reports.due(10_000)).toBeUndefined();
    for (const sequence of [5, 6]) reports.receive(packet(sequence), sequence * 40);
    expect(parseRtcp(reports.due(10_000) ?? Buffer.alloc(0))[0]).toMatchObject({ reports: [{ cumulativeLost: 1, fractionLost: 0 }] });
  });

  it('a sender report of another, or none at all, changes nothing', () => {
    const clock = new WallClock();
    const reports = new ReceiverReports(clock, 5000);
    reports.begin(7, 90_000, 0);
    expect(reports.control(report(8, Date.UTC(2026), 0), 0)).toBe(false);
    expect(reports.control(Buffer.from('80c80001', 'hex'), 0)).toBe(false);
    // A camera whose clock was never set.
    expect(reports.control(report(7, Date.UTC(1970, 0, 2), 0), 0)).toBe(true);
    expect(clock.at(0, 90_000)).toBeUndefined();
    reports.control(report(7, Date.UTC(2026), 0xffff_ff00), 0);
    expect(clock.at(0x100, 1000)).toBeCloseTo(Date.UTC(2026) + 512, 0);
  });

  it('go to the port after the sender’s; its own reports give the time of day', async () => {
    const first = await freeRange(4);
    await using bench = await startBench({ portRange: `${first}-${first + 1}`, reportIntervalSeconds: 0.5 });
    const receiver = await bench.service.open({ path: 'gb/1', ssrc: SSRC, transport: 'udp', port: 'range', payloadMap: { 96: 'H264/90000' } });
    const [media, control] = await pair(first + 2);
    let sending: NodeJS.Timeout | undefined;
    try {
      const coming = once(control, 'message');
      let sequence = 0;
      const picture = async (index: number) => {
        for (const payload of [SPS, PPS, Buffer.from(`6588${'80'.repeat(50)}`, 'hex')])
          await send(
            media,
            serializeRtp({ marker: payload.length > 40, payloadType: 96, sequence: sequence++, timestamp: index * 3600, ssrc: 5, payload }),
            receiver.port,
          );
      };
      await picture(0);
      await until(() => receiver.stats().packets === 3);
      await send(control, report(5, Date.UTC(2026), 0), receiver.port + 1);
      let index = 1;
      sending = setInterval(() => void picture(index++), 40);
      await receiver.live;
      const subscription = await bench.engine.subscribe('gb/1', { start: 'now' });
      for await (const frame of subscription) {
        if (frame.wallClockMs === undefined) continue;
        expect((frame.wallClockMs - Date.UTC(2026)) % 40).toBeCloseTo(0, 3);
        break;
      }
      const [bytes] = await coming;
      expect(parseRtcp(bytes)[0]).toMatchObject({ type: 'receiver-report', reports: [{ ssrc: 5, cumulativeLost: 0, lastSenderReport: expect.any(Number) }] });
    } finally {
      clearInterval(sending);
      media.close();
      control.close();
    }
  }, 15_000);

  it.each([
    ['RFC 4571', Buffer.alloc(0), Buffer.alloc(0)],
    ['$', Buffer.from([0x24, 0]), Buffer.from([0x24, 1])],
  ])(
    'over TCP a sender of reports gets some, framed like its packets: %s',
    async (_name, prefix, reply) => {
      const framed = (packets: readonly Buffer[]) => Buffer.concat(packets.flatMap((packet) => [prefix, frameRfc4571(packet)]));
      await using bench = await startBench({ reportIntervalSeconds: 0.3 });
      await bench.service.open({ path: 'gb/1', ssrc: SSRC, transport: 'tcp-passive' });
      const socket = await bench.tcp();
      const sender = new Sender(SSRC);
      const coming = once(socket, 'data');
      socket.write(framed([...sender.pictures(2), report(Number(SSRC), Date.UTC(2026), 0)]));
      const sending = setInterval(() => socket.write(framed(sender.pictures(1))), 100);
      const [bytes] = await coming;
      clearInterval(sending);
      expect(bytes.subarray(0, reply.length)).toEqual(reply);
      expect(bytes.readUInt16BE(reply.length)).toBe(bytes.length - reply.length - 2);
      expect(parseRtcp(bytes.subarray(reply.length + 2))[0]).toMatchObject({ type: 'receiver-report', reports: [{ ssrc: Number(SSRC) }] });
    },
    15_000,
  );
});

describe('hold', () => {
  it('a receiver that is held, before or after its first frame, outlives silence', async () => {
    const clock = new FakeClock();
    await using bench = await startBench({ receiveTimeoutSeconds: 1 }, { clock });
    const { onClose, closed } = closing();
    const held = await bench.service.open({ path: 'gb/held', ssrc: SSRC, transport: 'udp', onClose });
    const waiting = await bench.service.open({ path: 'gb/waiting', ssrc: '0200000002', transport: 'udp' });
    waiting.hold(true);
    await bench.udp(new Sender(SSRC).pictures(3));
    await held.live;
    held.hold(true);
    const other = closing();
    await bench.service.open({ path: 'gb/other', ssrc: '0200000003', transport: 'udp', onClose: other.onClose, receiveTimeoutSeconds: 3 });
    await clock.advanceAsync(2900);
    expect(bench.engine.streams.describe('gb/held')?.state).toBe('live');
    await clock.advanceAsync(200);
    expect(await other.closed).toMatchObject({ code: 'timeout', message: 'no packet for 3 s' });
    await clock.advanceAsync(60_000);
    expect(bench.engine.streams.describe('gb/held')?.state).toBe('live');
    held.hold(false);
    await clock.advanceAsync(900);
    expect(bench.engine.streams.describe('gb/held')?.state).toBe('live');
    await clock.advanceAsync(200);
    expect(await closed).toMatchObject({ code: 'timeout' });
    await bench.udp(new Sender('0200000002').pictures(3));
    await waiting.live;
  }, 15_000);
});

describe('payload types', () => {
  it('one sender may have a picture and a sound, each with its type', async () => {
    await using bench = await startBench();
    const receiver = await bench.service.open({ path: 'gb/1', ssrc: SSRC, transport: 'udp', payloadMap: { 98: 'H264/90000' } });
    let sequence = 0;
    const rtp = (payloadType: number, timestamp: number, payload: Buffer) =>
      serializeRtp({ marker: true, payloadType, sequence: sequence++, timestamp, ssrc: Number(SSRC), payload });
    const slice = Buffer.from(`6588${'80'.repeat(50)}`, 'hex');
    const packets = Array.from({ length: 20 }, (_, i) => [
      rtp(98, i * 3600, SPS),
      rtp(98, i * 3600, PPS),
      rtp(98, i * 3600, slice),
      // Times begin anywhere.
      rtp(8, 77_000_000 + i * 320, Buffer.alloc(320, 0xd5)),
    ]).flat();
    await bench.udp(packets);
    await receiver.live;
    await until(() => receiver.stats().packets === packets.length);
    expect(bench.engine.streams.describe('gb/1')?.tracks.map(({ codec }) => codec)).toEqual(['h264', 'g711a']);
    const seen = new Map<string, number>();
    for await (const frame of await bench.engine.subscribe('gb/1')) {
      if (!seen.has(frame.track.codec)) seen.set(frame.track.codec, frame.dts / frame.track.clockRate);
      if (seen.size === 2) break;
    }
    // Both on the receiver's time.
    for (const seconds of seen.values()) expect(seconds).toBeLessThan(5);
    expect(receiver.stats()).toMatchObject({ lost: 0, resyncs: 0 });
  });
});

describe('what is not understood', () => {
  it("Hikvision's own format ends the receiver, with a word", async () => {
    await using bench = await startBench();
    const { onClose, closed } = closing();
    const receiver = await bench.service.open({ path: 'gb/1', ssrc: SSRC, transport: 'udp', payloadMap: { 96: 'PS/90000' }, onClose });
    const payload = Buffer.concat([Buffer.from('IMKH'), Buffer.alloc(40)]);
    await bench.udp([serializeRtp({ marker: true, payloadType: 96, sequence: 1, timestamp: 0, ssrc: Number(SSRC), payload })]);
    expect(await closed).toMatchObject({ code: 'rtp-ps-private-payload', message: expect.stringContaining('Hikvision') });
    await expect(receiver.live).rejects.toMatchObject({ code: 'ERR_RTP_ENDED' });
    const { data } = await bench.engine.reported(({ type }) => type === 'rtp-ps.private-payload');
    expect(data).toMatchObject({ path: 'gb/1', ssrc: SSRC, vendor: 'hikvision', payloadType: 96 });
  });
});

describe('record', () => {
  const filesOf = (folder: string) =>
    (existsSync(folder) ? readdirSync(folder, { recursive: true, withFileTypes: true }) : []).filter((entry) => entry.isFile());

  it('writes what came, with its times, as rtptools do', async () => {
    await using bench = await startBench({ record: ['gb/rec*'] });
    const receiver = await bench.service.open({ path: 'gb/recorded', ssrc: SSRC, transport: 'udp' });
    const other = await bench.service.open({ path: 'gb/other', ssrc: '0200000002', transport: 'udp' });
    const packets = new Sender(SSRC).pictures(8);
    await bench.udp(packets);
    await bench.udp(new Sender('0200000002').pictures(8));
    await Promise.all([receiver.live, other.live]);
    await watch(bench.engine, 'gb/recorded', 1);
    await until(() => receiver.stats().packets === packets.length);
    const folder = join(bench.engine.info.dataDir, 'rtp');
    // Readable while it is being written, as after a kill.
    const read = () => {
      const records: ParsedRtpDumpRecord[] = [];
      const [entry] = filesOf(folder);
      const parser = new RtpDumpParser({
        header: (header) => expect(header).toMatchObject({ address: '127.0.0.1', transport: 'udp' }),
        record: (record) => records.push(record),
      });
      parser.push(readFileSync(join(entry?.parentPath ?? '', entry?.name ?? '')));
      return records;
    };
    await until(() => filesOf(folder).length === 1 && read().length === packets.length);
    await receiver.close(closeReason('ended'));
    const records = read();
    expect(records.map(({ bytes }) => bytes.toString('hex'))).toEqual(packets.map((bytes) => bytes.toString('hex')));
    expect(records.every(({ offsetMs }, i) => offsetMs >= (records[i - 1]?.offsetMs ?? 0))).toBe(true);
    expect(filesOf(folder)).toHaveLength(1);
  });

  it('no more than its bytes: the oldest recordings go', async () => {
    await using bench = await startBench({ record: ['**'], recordMaxBytes: 1_048_576 });
    for (let i = 0; i < 4; i++) {
      const receiver = await bench.service.open({ path: `gb/${i}`, ssrc: SSRC, transport: 'tcp-passive' });
      const socket = await bench.tcp();
      const packets = new Sender(SSRC).pictures(130);
      socket.write(framed(packets));
      await until(() => receiver.stats().packets === packets.length);
      await receiver.close(closeReason('ended'));
    }
    expect(
      filesOf(join(bench.engine.info.dataDir, 'rtp'))
        .map(({ parentPath }) => parentPath.slice(-1))
        .sort(),
    ).toEqual(['2', '3']);
  });
});
