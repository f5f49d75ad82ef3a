import { createSocket, type Socket as Datagrams } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { type Clock, type CloseReason, type createLogger, SluiceError } from '@sluice/core';
import { type FakeClock, startTestEngine, type TestEngine } from '@sluice/core/testing';
import { serializePackHeader, serializePes, serializeProgramStreamMap } from '@sluice/plugin-format-mpeg';
import { frameRfc4571, serializeRtp } from '@sluice/plugin-format-rtp';
import rtpPs, { type RtpPsService, rtpPsService } from '../src/index.js';

const START = Buffer.from([0, 0, 0, 1]);
// A real SPS and PPS (High profile, 768x432) of an encoder.
export const SPS = Buffer.from('67640020acd940c029b011000003000100000300320f183196', 'hex');
export const PPS = Buffer.from('68ebecb22c', 'hex');
const MAP = serializeProgramStreamMap({ version: 1, streams: [{ streamType: 0x1b, streamId: 0xe0 }] });

/** Picture `index` as a pack of MPEG-PS; every fifth is a key frame. */
export function picture(index: number): { readonly pack: Buffer; readonly slice: Buffer } {
  const isKey = index % 5 === 0;
  const slice = Buffer.concat([Buffer.from(isKey ? '6588' : '419a', 'hex'), Buffer.alloc(3000, 0x80 | index)]);
  const units = isKey ? [SPS, PPS, slice] : [slice];
  const payload = Buffer.concat(units.flatMap((unit) => [START, unit]));
  const pts = 90_000 + index * 3600;
  return { slice, pack: Buffer.concat([serializePackHeader(pts), ...(isKey ? [MAP] : []), serializePes(0xe0, { pts }, payload)]) };
}

/** A device that sends pictures as RTP packets. */
export class Sender {
  sequence = 65_530;
  #index = 0;
  ssrc: number;

  constructor(ssrc: string) {
    this.ssrc = Number(ssrc);
  }

  /** The packets of the next picture. */
  next(): Buffer[] {
    const { pack } = picture(this.#index);
    const packets: Buffer[] = [];
    for (let at = 0; at < pack.length; at += 1400) {
      packets.push(
        serializeRtp({
          marker: at + 1400 >= pack.length,
          payloadType: 96,
          sequence: this.sequence,
          timestamp: this.#index * 3600,
          ssrc: this.ssrc,
          payload: pack.subarray(at, at + 1400),
        }),
      );
      this.sequence = (this.sequence + 1) & 0xffff;
    }
    this.#index++;
    return packets;
  }

  pictures(count: number): Buffer[] {
    return Array.from({ length: count }, () => this.next()).flat();
  }
}

export interface Bench extends AsyncDisposable {
  readonly engine: TestEngine;
  readonly service: RtpPsService;
  readonly port: number;
  /** Sends datagrams, those of an address from one socket, to the single port unless told otherwise. */
  udp(packets: readonly Buffer[], localAddress?: string, to?: number): Promise<void>;
  tcp(to?: number, localAddress?: string): Promise<Socket>;
}

type Logger = ReturnType<typeof createLogger>;

export const framed = (packets: readonly Buffer[]) => Buffer.concat(packets.map(frameRfc4571));

/** Other parts of the engine. */
export interface BenchOptions {
  readonly logger?: Logger;
  readonly clock?: Clock;
  readonly engine?: Record<string, unknown>;
}

export async function startBench(config: Record<string, unknown> = {}, { engine: settings = {}, ...more }: BenchOptions = {}): Promise<Bench> {
  const engine = await startTestEngine({ plugins: [rtpPs], config: { engine: settings, 'rtp-ps': { port: 0, ...config } }, ...more });
  const port = engine.addresses.find(({ plugin, protocol }) => plugin === 'rtp-ps' && protocol === 'udp')?.port ?? 0;
  const sockets = new Map<string, Datagrams>();
  return {
    engine,
    service: engine.service(rtpPsService),
    port,
    async udp(packets, localAddress = '127.0.0.1', to = port) {
      const socket = sockets.get(localAddress) ?? createSocket('udp4');
      if (!sockets.has(localAddress)) await new Promise<void>((resolve) => socket.bind(0, localAddress, resolve));
      sockets.set(localAddress, socket);
      for (const packet of packets) await new Promise<void>((resolve) => socket.send(packet, to, '127.0.0.1', () => resolve()));
    },
    async tcp(to = port, localAddress = '127.0.0.1') {
      const socket = connect({ port: to, host: '127.0.0.1', localAddress });
      socket.on('error', () => {});
      await once(socket, 'connect');
      return socket;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets.values()) socket.close();
      await engine.dispose();
    },
  };
}

/** Resolves with the first `count` pictures of a stream: the last byte of each slice. */
export async function watch(engine: TestEngine, path: string, count: number): Promise<number[]> {
  const seen: number[] = [];
  const subscription = await engine.subscribe(path);
  for await (const frame of subscription) {
    const slice = frame.units[frame.units.length - 1];
    if (slice?.length !== 3002) throw new SluiceError('ERR_TEST', `a slice of ${slice?.length} bytes`);
    seen.push((slice[slice.length - 1] ?? 0) & 0x7f);
    if (seen.length === count) break;
  }
  return seen;
}

/** Lets a clock go, fifty times as fast as the real one, until a promise is settled. */
export async function passing<T>(clock: FakeClock, promise: Promise<T>): Promise<T> {
  let over = false;
  const done = (): void => {
    over = true;
  };
  promise.then(done, done);
  while (!over) {
    clock.advance(50);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return promise;
}

/** Does something every few milliseconds until a promise is settled. */
export async function repeatUntil(settled: Promise<unknown>, run: () => void): Promise<void> {
  const timer = setInterval(run, 20);
  await settled.finally(() => clearInterval(timer));
}

/** Resolves when a connection is over, however. */
export function ending(socket: Socket): Promise<void> {
  socket.resume();
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

/** A promise for what `onClose` is told. */
export function closing(): { readonly onClose: (reason: CloseReason) => void; readonly closed: Promise<CloseReason> } {
  let onClose: (reason: CloseReason) => void = () => {};
  const closed = new Promise<CloseReason>((resolve) => {
    onClose = resolve;
  });
  return { onClose: (reason) => onClose(reason), closed };
}

/** Resolves when `holds` does; gives up before the test does. */
export async function until(holds: () => boolean, timeoutMs = 4000): Promise<void> {
  const endMs = performance.now() + timeoutMs;
  while (!holds()) {
    if (performance.now() > endMs) throw new SluiceError('ERR_TEST', `never came true: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** An even port number such that `count` from it on are free now, over UDP and TCP. */
export async function freeRange(count: number): Promise<number> {
  for (;;) {
    const first = 20_000 + 2 * Math.floor(Math.random() * 6000);
    const free = await Promise.all(Array.from({ length: count }, (_, i) => isFree(first + i)));
    if (free.every(Boolean)) return first;
  }
}

async function isFree(port: number): Promise<boolean> {
  const udp = createSocket('udp4');
  const tcp = createServer();
  try {
    udp.bind(port, '127.0.0.1');
    await once(udp, 'listening');
    tcp.listen(port, '127.0.0.1');
    await once(tcp, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    udp.close();
    tcp.close();
  }
}
