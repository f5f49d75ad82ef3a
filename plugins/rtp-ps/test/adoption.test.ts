import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { closeReason } from '@sluice/core';
import type { Receiver } from '../src/index.js';
import { Flows } from '../src/proto/flows.js';
import { type Bench, framed, Sender, startBench, until } from './support.js';

const DOMAIN = '34020000002000000001';
const HERE = '127.0.0.1';

/** A device's socket, which goes on sending pictures. */
class Device implements AsyncDisposable {
  readonly port: number;
  readonly #socket: UdpSocket;
  readonly #timer: ReturnType<typeof setInterval>;
  sender: Sender | undefined;

  constructor(socket: UdpSocket, to: number) {
    this.#socket = socket;
    this.port = socket.address().port;
    this.#timer = setInterval(() => {
      for (const packet of this.sender?.next() ?? []) socket.send(packet, to, HERE);
    }, 20);
  }

  static async start(bench: Bench, ssrc?: string): Promise<Device> {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, HERE, resolve));
    const device = new Device(socket, bench.port);
    if (ssrc !== undefined) device.sender = new Sender(ssrc);
    return device;
  }

  [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    return new Promise((resolve) => this.#socket.close(() => resolve()));
  }
}

function open({ service }: Bench, path: string, transport: 'udp' | 'tcp-passive' = 'udp'): Promise<Receiver> {
  return service.open({ path, ssrc: service.allocateSsrc(DOMAIN, 'live'), transport, remoteHint: HERE });
}

const passes = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('another SSRC than was told, on the shared port', () => {
  it('is taken from the port that the answer names, and from no other', async () => {
    await using bench = await startBench();
    const receiver = await open(bench, 'gb/cam');
    await using stranger = await Device.start(bench, '0012345678');
    await using device = await Device.start(bench, '0000000000');
    expect(stranger.port).not.toBe(device.port);
    receiver.expectFrom([{ address: HERE, port: device.port }]);
    await receiver.live;
    expect(receiver.stats()).toMatchObject({ sourceSsrc: '0000000000', source: `${HERE}:${device.port}`, foreign: 0 });
  });

  it('is not taken before the answer, nor within a second of it', async () => {
    await using bench = await startBench();
    const receiver = await open(bench, 'gb/cam');
    await using device = await Device.start(bench, '0000000000');
    await bench.engine.reported(({ type }) => type === 'rtp-ps.unknown-ssrc');
    await passes(1200);
    expect(receiver.stats().packets).toBe(0);
    receiver.expectFrom([{ address: HERE }]);
    await passes(700);
    expect(receiver.stats().packets).toBe(0);
    await receiver.live;
    expect(receiver.stats().source).toBe(`${HERE}:${device.port}`);
  });

  it('a stream whose BYE was lost is not the next one; that gets its own', async () => {
    await using bench = await startBench();
    const first = await open(bench, 'gb/1');
    await using old = await Device.start(bench, first.ssrc);
    await first.live;
    await first.close(closeReason('kicked'));
    const second = await open(bench, 'gb/2');
    second.expectFrom([{ address: HERE }]);
    await passes(1300);
    expect(second.stats().packets).toBe(0);
    await using device = await Device.start(bench, second.ssrc);
    await second.live;
    expect(second.stats()).toMatchObject({ sourceSsrc: second.ssrc, source: `${HERE}:${device.port}` });
    expect(old.port).not.toBe(device.port);
  });

  it('nor is one of SSRC 0, nor one of an answer', async () => {
    await using bench = await startBench();
    const zero = await open(bench, 'gb/1');
    await using device = await Device.start(bench, '0000000000');
    zero.expectFrom([{ address: HERE }]);
    const named = await open(bench, 'gb/2');
    named.rekey('0703001718');
    await using other = await Device.start(bench, '0703001718');
    await Promise.all([zero.live, named.live]);
    const next = await open(bench, 'gb/3');
    await Promise.all([zero.close(closeReason('kicked')), named.close(closeReason('kicked'))]);
    next.expectFrom([{ address: HERE }]);
    await passes(1400);
    expect(next.stats().packets).toBe(0);
    // It stops, and begins anew.
    device.sender = undefined;
    other.sender = undefined;
    await passes(600);
    device.sender = new Sender('0000000000');
    await next.live;
  });

  it.each(['udp', 'tcp-passive'] as const)('the right one takes over at once when it comes: %s', async (transport) => {
    await using bench = await startBench();
    const receiver = await open(bench, 'gb/cam', transport);
    receiver.expectFrom([{ address: HERE }]);
    const stranger = await Device.start(bench);
    const wrong = await bench.tcp();
    const sender = new Sender('0012345678');
    const timer = setInterval(() => {
      if (transport === 'udp') stranger.sender ??= sender;
      else wrong.write(framed(sender.next()));
    }, 20);
    await receiver.live;
    clearInterval(timer);
    await using right = await Device.start(bench, transport === 'udp' ? receiver.ssrc : undefined);
    const own = new Sender(receiver.ssrc);
    if (transport === 'tcp-passive') {
      const socket = await bench.tcp();
      socket.write(framed(own.pictures(6)));
      await until(() => wrong.destroyed || wrong.readyState !== 'open');
    }
    await until(() => receiver.stats().sourceSsrc === receiver.ssrc);
    const { packets } = receiver.stats();
    if (transport === 'udp') await until(() => receiver.stats().packets > packets + 20);
    expect(receiver.stats()).toMatchObject({ sourceSsrc: receiver.ssrc, foreign: 0 });
    expect(bench.engine.streams.describe('gb/cam')).toMatchObject({ state: 'live' });
    if (transport === 'udp') expect(receiver.stats().source).toBe(`${HERE}:${right.port}`);
    await stranger[Symbol.asyncDispose]();
  });

  it('the last packet of a stream of before does not keep the right one out', async () => {
    await using bench = await startBench();
    const receiver = await open(bench, 'gb/cam');
    await bench.udp(new Sender('0200009999').pictures(1));
    await using device = await Device.start(bench, receiver.ssrc);
    await receiver.live;
    expect(receiver.stats().source).toBe(`${HERE}:${device.port}`);
  });

  it('two of SSRC 0 are told apart by their ports; where those are not known, neither is taken', async () => {
    await using bench = await startBench();
    const receivers = [await open(bench, 'gb/1'), await open(bench, 'gb/2')];
    const devices = [await Device.start(bench, '0000000000'), await Device.start(bench, '0000000000')];
    for (const receiver of receivers) receiver.expectFrom([{ address: HERE }]);
    await passes(1300);
    expect(receivers.map((receiver) => receiver.stats().packets)).toEqual([0, 0]);
    for (const [index, receiver] of receivers.entries()) receiver.expectFrom([{ address: HERE, port: devices[index]?.port ?? 0 }]);
    await Promise.all(receivers.map((receiver) => receiver.live));
    expect(receivers.map((receiver) => receiver.stats().source)).toEqual(devices.map(({ port }) => `${HERE}:${port}`));
    expect(receivers.map((receiver) => receiver.stats().foreign)).toEqual([0, 0]);
    for (const device of devices) await device[Symbol.asyncDispose]();
  });

  it('a sender of SSRC 0 gets another port from its NAT', async () => {
    await using bench = await startBench();
    const receiver = await open(bench, 'gb/cam');
    receiver.expectFrom([{ address: HERE }]);
    const device = await Device.start(bench, '0000000000');
    await receiver.live;
    await device[Symbol.asyncDispose]();
    await using moved = await Device.start(bench, '0000000000');
    await until(() => receiver.stats().source === `${HERE}:${moved.port}`);
  });
});

it('flows are those without a pause, and few are kept', () => {
  const flows = new Flows();
  expect([0, 300, 700, 1101].map((nowMs) => flows.note(1, 'a:1', nowMs))).toEqual([0, 0, 0, 1101]);
  flows.leave(2, 'a:1', 1000);
  expect([1400, 1801].map((nowMs) => flows.note(2, 'a:1', nowMs))).toEqual([Number.NEGATIVE_INFINITY, 1801]);
  for (let ssrc = 10; ssrc < 1034; ssrc++) flows.note(ssrc, 'a:1', 1900);
  expect(flows.note(2, 'a:1', 1950)).toBe(1950);
});
