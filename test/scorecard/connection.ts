import { connect } from 'node:net';
import type { Connection, TcpOptions } from './types.js';

const KEEP_BYTES = 65_536;

/** Connects to a port of this machine. It never rejects: a connection that fails is one that was closed. */
export function openTcp(port: number, { from, keepBytes = KEEP_BYTES }: TcpOptions = {}): Connection {
  const startedMs = performance.now();
  const socket = connect({ port, host: '127.0.0.1', noDelay: true, ...(from === undefined ? {} : { localAddress: from }) });
  let kept: Buffer = Buffer.alloc(0);
  let bytes = 0;
  let over = false;
  const waiting = new Set<() => void>();
  const look = (): void => {
    for (const take of [...waiting]) take();
  };
  socket.on('data', (data: Buffer) => {
    bytes += data.length;
    if (kept.length < keepBytes) kept = Buffer.concat([kept, data.subarray(0, keepBytes - kept.length)]);
    look();
  });
  socket.on('error', () => {});
  const closed = new Promise<number>((resolve) => {
    const end = (): void => {
      over = true;
      resolve(performance.now() - startedMs);
      look();
    };
    // A half-close is a close: nothing more comes.
    socket.once('end', end);
    socket.once('close', end);
  });
  const until = (holds: () => boolean, ms: number): Promise<boolean> =>
    new Promise((resolve) => {
      const done = (answer: boolean): void => {
        clearTimeout(timer);
        waiting.delete(take);
        resolve(answer);
      };
      const take = (): void => {
        if (holds()) done(true);
        else if (over) done(false);
      };
      const timer = setTimeout(() => done(holds()), ms);
      waiting.add(take);
      take();
    });
  return {
    socket,
    closed,
    send: (data) =>
      new Promise((resolve) => {
        if (over || socket.destroyed) return resolve();
        void closed.then(() => resolve());
        // A round of the event loop between writes: answers are to be seen while it sends.
        socket.write(data, () => setImmediate(resolve));
      }),
    received: () => kept,
    receivedBytes: () => bytes,
    isClosed: () => over,
    closesWithin: (ms) => until(() => over, ms),
    gets: (matches, ms) => until(() => matches(kept), ms),
    close: () => void socket.destroy(),
  };
}
