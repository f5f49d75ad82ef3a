import type { Socket } from 'node:net';
import type { CloseReason } from '../stream/close-reason.js';
import type { ViewerSink } from '../stream/types.js';

/** What happens when the engine ends a viewer. */
export type SinkEnd = (reason: CloseReason) => void;

/** A viewer's bytes straight to a socket: no closure, no copy. The owner calls `Viewer.drained` on the socket's `drain`. */
export function socketSink(socket: Socket, end: SinkEnd = () => endSocket(socket)): ViewerSink {
  return {
    write: (bytes) => socket.write(bytes),
    get queued() {
      return socket.writableLength;
    },
    end,
  };
}

const END_GRACE_MS = 2000;

/** Ends a socket politely: what is queued still goes, but not for long. */
export function endSocket(socket: Socket): void {
  socket.end();
  setTimeout(() => socket.destroy(), END_GRACE_MS).unref();
}
