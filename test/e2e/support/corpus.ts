import { createSocket } from 'node:dgram';
import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { cases } from './paths.js';

const folder = join(cases, 'corpus');

/** The list of the corpus. */
export const corpusIndex = join(folder, 'cases.json');

/** An input somebody else's tests or fuzzers found worth keeping. */
export interface CorpusCase {
  readonly id: string;
  readonly kind: string;
  /** `accept`, `survive`, `reject` or `decode`. */
  readonly expect: string;
  readonly bytes: Buffer;
}

/** The cases below a folder of the corpus; none where it is absent. */
export function corpus(under: string): CorpusCase[] {
  if (!existsSync(corpusIndex)) return [];
  const list = JSON.parse(readFileSync(corpusIndex, 'utf8')) as { id: string; kind: string; expect: string }[];
  return list.filter(({ id }) => id.startsWith(`${under}/`)).map(({ id, kind, expect }) => ({ id, kind, expect, bytes: readFileSync(join(folder, id)) }));
}

/** Packets of an RFC 4571 dump: a length of 16 bits before each. */
export function rfc4571Packets(bytes: Buffer): Buffer[] {
  const packets: Buffer[] = [];
  for (let at = 0; at + 2 <= bytes.length; ) {
    const size = bytes.readUInt16BE(at);
    packets.push(bytes.subarray(at + 2, at + 2 + size));
    at += 2 + size;
  }
  return packets;
}

/** One packet of RTP, payload type 96. */
export function rtpPacket(payload: Buffer, sequence: number, ssrc: number, ticks = 0): Buffer {
  const head = Buffer.from([0x80, 96, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  head.writeUInt16BE(sequence & 0xffff, 2);
  head.writeUInt32BE(ticks, 4);
  head.writeUInt32BE(ssrc, 8);
  return Buffer.concat([head, payload]);
}

/** The packets that a case stands for: its own, or its bytes as the payloads of some. */
export function packetsOf({ kind, bytes }: Pick<CorpusCase, 'kind' | 'bytes'>, ssrc: number): Buffer[] {
  if (kind === 'rtp4571') return rfc4571Packets(bytes);
  if (kind === 'rtp' || kind === 'rtcp') return [bytes];
  const payloads: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 1400) payloads.push(bytes.subarray(at, at + 1400));
  return payloads.map((payload, i) => rtpPacket(payload, 100 + i, ssrc));
}

/** A packet with its length before it. */
export function rfc4571(packet: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(packet.length & 0xffff);
  return Buffer.concat([length, packet]);
}

/** What became of a connection: how it ended, and how much came back. */
export interface Thrown {
  readonly end: 'answered' | 'closed' | 'closed when we did' | 'kept';
  readonly received: number;
}

export interface ThrowOptions {
  /** Bytes that everybody gets and that are no answer: those of a handshake. */
  readonly greetingBytes?: number;
  /** Time for an answer or a close; after it we half-close, and give the same time again. */
  readonly timeoutMs?: number;
}

/** Sends bytes over TCP and keeps the connection open, as a client that hangs: good servers answer or close. */
export function throwTcp(port: number, bytes: Buffer, options: ThrowOptions = {}): Promise<Thrown> {
  const { greetingBytes = 0, timeoutMs = 6000 } = options;
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    let received = 0;
    let ended = false;
    const done = (end: Thrown['end']): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ end, received });
    };
    let timer = setTimeout(() => {
      ended = true;
      socket.end();
      timer = setTimeout(() => done('kept'), timeoutMs);
    }, timeoutMs);
    socket.on('data', (data) => {
      received += data.length;
      if (received > greetingBytes) done('answered');
    });
    socket.on('error', () => {});
    socket.on('end', () => done(ended ? 'closed when we did' : 'closed'));
    socket.on('close', () => done(ended ? 'closed when we did' : 'closed'));
    socket.write(bytes);
  });
}

/** Sends datagrams, each on its way before the next, from a port of their own. */
export async function throwUdp(port: number, datagrams: readonly Buffer[]): Promise<void> {
  const socket = createSocket('udp4');
  socket.on('error', () => {});
  for (const datagram of datagrams) {
    await new Promise<void>((resolve) => {
      socket.send(datagram, port, '127.0.0.1', () => resolve());
    });
  }
  socket.close();
}

/** Runs `work` for every item, at most `width` at a time. */
export async function inParallel<T>(items: readonly T[], width: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
}
