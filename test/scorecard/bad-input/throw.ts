import { createSocket } from 'node:dgram';
import { stranger } from '../strangers.js';
import type { Fresh } from '../types.js';
import type { Capture } from './captures.js';

/** Time for an answer or a close, before we close our half, and the same time after it. */
const ANSWER_MS = 150;
const CLOSE_MS = 1000;

/** Sends bytes over TCP and waits a moment for what they do; the connection is cut after that at the latest. */
export async function throwAt(site: Pick<Fresh, 'tcp'>, port: number, bytes: Uint8Array | string, from: string, answerBytes = 0): Promise<void> {
  const connection = site.tcp(port, { from });
  await Promise.race([connection.send(bytes), connection.closesWithin(CLOSE_MS)]);
  await connection.gets(() => connection.receivedBytes() > answerBytes, ANSWER_MS);
  connection.socket.end();
  await connection.closesWithin(ANSWER_MS);
  connection.close();
}

/** Sends datagrams, each on its way before the next, from an address of its own. */
export async function throwDatagrams(port: number, datagrams: readonly Uint8Array[], from: string): Promise<void> {
  const socket = createSocket('udp4');
  socket.on('error', () => {});
  await new Promise<void>((resolve) => socket.bind(0, from, resolve));
  for (const datagram of datagrams) {
    await new Promise<void>((resolve) => {
      socket.send(datagram, port, '127.0.0.1', () => resolve());
    });
  }
  socket.close();
}

/** Sends a capture with a name, an SSRC and an address of its own, its parts changed as `change` says. */
export async function throwCapture(site: Fresh, capture: Capture, index: number, change: (parts: readonly Buffer[]) => readonly Buffer[]): Promise<void> {
  const parts = change(capture.parts(0x0900_0000 + index, `m${index}`));
  const from = stranger(index);
  const port = site.ports[capture.to];
  if (capture.over === 'tcp') return throwAt(site, port, Buffer.concat([capture.opening, ...parts]), from, Number.POSITIVE_INFINITY);
  await throwDatagrams(port, parts, from);
}
