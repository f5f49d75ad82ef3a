import type { Socket } from 'node:net';
import type { CloseReason } from '../stream/close-reason.js';
import type { ViewerSink } from '../stream/types.js';
import { DirectWrite } from './direct-write.js';

/** What happens when the engine ends a viewer. */
export type SinkEnd = (reason: CloseReason) => void;

/** A viewer's bytes straight to a socket: no closure, no copy. The owner calls `Viewer.drained` on the socket's `drain`. */
export function socketSink(socket: Socket, end: SinkEnd = () => endSocket(socket)): ViewerSink {
  return new SocketSink(socket, end);
}

class SocketSink implements ViewerSink {
  readonly #socket: Socket;
  readonly #direct: DirectWrite;
  readonly end: SinkEnd;

  constructor(socket: Socket, end: SinkEnd) {
    this.#socket = socket;
    this.#direct = new DirectWrite(socket);
    this.end = end;
  }

  get queued(): number {
    return this.#direct.queued;
  }

  write(bytes: Buffer): boolean {
    return this.#direct.write(bytes);
  }

  /** One system call for all. */
  writeAll(pieces: readonly Buffer[]): boolean {
    const socket = this.#socket;
    socket.cork();
    for (const piece of pieces) socket.write(piece);
    socket.uncork();
    return !socket.writableNeedDrain;
  }
}

const END_GRACE_MS = 2000;

/** Ends a socket politely: what is queued still goes, but not for long. */
export function endSocket(socket: Socket): void {
  socket.end();
  const timer = setTimeout(() => socket.destroy(), END_GRACE_MS).unref();
  socket.once('close', () => clearTimeout(timer));
}

/** Ends a socket and resolves when all that is queued has gone to the system, the socket is closed, or `timeoutMs` have passed. */
export function flushSocket(socket: Socket, timeoutMs: number): Promise<void> {
  if (timeoutMs <= 0 || socket.destroyed || socket.writableFinished) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(done, timeoutMs);
    socket.once('finish', done);
    socket.once('close', done);
    socket.end();
  });
}
