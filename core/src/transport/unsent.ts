import type { Socket } from 'node:net';
import type { Cancel, Clock } from '../kernel/clock.js';
import { writeQueueSize } from './socket-handle.js';

const LOOKS = 4;

/** What waits for the system, in bytes: 0 where nothing does. A write in progress is counted by the stream, until all of it is gone, and by its handle, as it goes. */
function waiting(socket: Socket): number {
  return socket.writableLength + writeQueueSize(socket);
}

/** Tells once when bytes wait for a socket and for `timeoutMs` the system took none of them; with nothing to send, silence is no fault. */
export function watchUnsent(socket: Socket, clock: Clock, timeoutMs: number, onStuck: () => void): Cancel {
  let last = 0;
  let stuck = 0;
  const cancel = clock.every(timeoutMs / LOOKS, () => {
    const unsent = waiting(socket);
    stuck = unsent > 0 && unsent === last ? stuck + 1 : 0;
    last = unsent;
    if (stuck < LOOKS) return;
    cancel();
    onStuck();
  });
  return cancel;
}
