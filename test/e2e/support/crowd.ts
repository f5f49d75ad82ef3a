import { connect, type Socket } from 'node:net';

/** Many connections that do the same and wait for their end. */
export interface Crowd {
  /** Resolves with how long each one lasted, in milliseconds, from when it was connected. */
  readonly lasted: Promise<readonly number[]>;
  readonly sockets: readonly Socket[];
}

/** Connects `count` times; each sends `opening`, and then `trickle` every `everyMs` where there is one. */
export function crowd(port: number, count: number, opening: Uint8Array | string, trickle = '', everyMs = 1000): Crowd {
  const sockets: Socket[] = [];
  const ends = Array.from({ length: count }, () => {
    let startedMs = performance.now();
    const socket = connect(port, '127.0.0.1', () => {
      startedMs = performance.now();
      if (opening.length > 0) socket.write(opening);
    });
    sockets.push(socket);
    const timer = trickle === '' ? undefined : setInterval(() => socket.writable && socket.write(trickle), everyMs);
    socket.on('error', () => {}).resume();
    return new Promise<number>((resolve) =>
      socket.once('close', () => {
        clearInterval(timer);
        resolve(performance.now() - startedMs);
      }),
    );
  });
  return { sockets, lasted: Promise.all(ends) };
}
