import type { Socket } from 'node:net';
import type { CloseReason, ViewerSink } from '@sluice/core';

/** A viewer's bytes straight to its socket. */
export function socketSink(socket: Socket, end: (reason: CloseReason) => void): ViewerSink {
  return {
    write: (bytes) => socket.write(bytes),
    get queued() {
      return socket.writableLength;
    },
    end,
  };
}
