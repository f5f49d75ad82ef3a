import { lookup } from 'node:dns/promises';
import { type Clock, messageOf, type Transport } from '@sluice/core';
import { frameRfc4571 } from '@sluice/plugin-format-rtp';
import { replayError } from '../errors.js';
import type { ReplayRequest } from '../service.js';

/** More than this waiting in a socket holds the dump. */
const MAX_UNSENT_BYTES = 1 << 20;
/** Datagrams leave the process a little after they were sent. */
const FLUSH_MS = 50;

/** Where packets go. */
export interface PacketOutput {
  /** Sends; resolves when more may be sent. Rejects with `ERR_REPLAY_SENT` where the connection is gone. */
  send(packet: Buffer, isRtcp: boolean): Promise<void>;
  /** Resolves when everything has left. */
  close(): Promise<void>;
}

/** Opens the way to the target. Rejects with `ERR_REPLAY_ADDRESS` or `ERR_CONNECT`. */
export async function openOutput(transport: Transport, clock: Clock, { host, port, transport: kind }: ReplayRequest): Promise<PacketOutput> {
  return kind === 'tcp' ? openTcp(transport, host, port) : openUdp(transport, clock, await addressOf(host), port);
}

async function addressOf(host: string): Promise<string> {
  try {
    return (await lookup(host)).address;
  } catch (error) {
    throw replayError('ERR_REPLAY_ADDRESS', `the address of ${host} cannot be found: ${messageOf(error)}`, error);
  }
}

async function openUdp(transport: Transport, clock: Clock, address: string, port: number): Promise<PacketOutput> {
  const udp = await transport.bindUdp({ name: 'rtp', port: 0 }, () => undefined);
  return {
    // RFC 3550 11: RTCP goes to the next port.
    send: async (packet, isRtcp) => udp.send(packet, address, isRtcp ? port + 1 : port),
    close: async () => {
      await new Promise<void>((resolve) => void clock.after(FLUSH_MS, resolve));
      await udp.close();
    },
  };
}

async function openTcp(transport: Transport, host: string, port: number): Promise<PacketOutput> {
  const { socket } = await transport.connectTcp({ name: 'rtp', host, port });
  const closed = new Promise<void>((resolve) => void socket.once('close', () => resolve()));
  socket.on('error', () => socket.destroy());
  socket.resume();
  return {
    send: async (packet) => {
      if (!socket.writable) throw replayError('ERR_REPLAY_SENT', `${host}:${port} closed the connection`);
      socket.write(frameRfc4571(packet));
      if (socket.writableLength > MAX_UNSENT_BYTES) await Promise.race([closed, new Promise<void>((resolve) => void socket.once('drain', resolve))]);
    },
    close: async () => {
      if (socket.destroyed) return;
      await Promise.race([closed, new Promise<void>((resolve) => socket.end(resolve))]);
      socket.destroy();
    },
  };
}
