import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { AcceptedConnection } from '../transport/types.js';

/** One end of a connection in memory. */
export interface MemoryConnection extends AcceptedConnection {
  /** `admit` was called. */
  readonly admitted: boolean;
}

/**
 * Two ends of one connection in memory, in the form that `listenTcp` and `connectTcp` hand out: a protocol is driven over them without a port.
 * Bytes arrive in later turns of the event loop, in order and in the pieces they were written in; `pieceBytes` cuts them into pieces of that size.
 * Each side holds `highWaterMark` bytes (default 64 KiB) and then says it is full, as a socket does.
 */
export function memoryConnections(options: { readonly pieceBytes?: number; readonly highWaterMark?: number } = {}): [MemoryConnection, MemoryConnection] {
  const { pieceBytes = Number.POSITIVE_INFINITY, highWaterMark = 65_536 } = options;
  const one = new MemorySocketEnd(pieceBytes, highWaterMark);
  const other = new MemorySocketEnd(pieceBytes, highWaterMark);
  one.peer = other;
  other.peer = one;
  return [connectionOf(one, 'memory:1'), connectionOf(other, 'memory:2')];
}

function connectionOf(end: MemorySocketEnd, remote: string): MemoryConnection {
  let admitted = false;
  const socket = socketOf(end);
  return {
    socket,
    remote,
    get admitted() {
      return admitted;
    },
    admit: () => {
      admitted = true;
    },
    read: (onBytes) => void socket.on('data', onBytes),
  };
}

/** The state that the stream's callbacks share. */
class MemorySocketEnd {
  peer: MemorySocketEnd | undefined;
  readonly pieceBytes: number;
  readonly stream: Duplex;
  /** Called when this side wants more. */
  wanted: (() => void) | undefined;

  constructor(pieceBytes: number, highWaterMark: number) {
    this.pieceBytes = pieceBytes;
    this.stream = new Duplex({
      allowHalfOpen: true,
      highWaterMark,
      read: () => {
        const { wanted } = this;
        this.wanted = undefined;
        wanted?.();
      },
      write: (bytes: Buffer, _encoding, done) => this.peer?.receive(bytes, () => done()),
      final: (done) => {
        this.peer?.stream.push(null);
        done();
      },
      destroy: (error, done) => {
        const { peer } = this;
        // The other side is told in a later turn, as by a network.
        if (peer !== undefined && !peer.stream.destroyed) setImmediate(() => peer.stream.destroy());
        done(error);
      },
    });
  }

  receive(bytes: Buffer, done: () => void): void {
    let room = true;
    for (let at = 0; at < bytes.length; at += this.pieceBytes) room = this.stream.push(bytes.subarray(at, Math.min(bytes.length, at + this.pieceBytes)));
    if (room) setImmediate(done);
    else this.wanted = done;
  }
}

/** What protocols call on a socket beside what every stream has. */
function socketOf({ stream }: MemorySocketEnd): Socket {
  const itself = (): Duplex => stream;
  return Object.assign(stream, {
    remoteAddress: '127.0.0.1',
    remotePort: 1,
    localAddress: '127.0.0.1',
    localPort: 2,
    connecting: false,
    setNoDelay: itself,
    setKeepAlive: itself,
    setTimeout: itself,
    ref: itself,
    unref: itself,
    destroySoon: () => {
      if (stream.writableFinished) stream.destroy();
      else stream.once('finish', () => stream.destroy()).end();
    },
    resetAndDestroy: () => stream.destroy(),
  }) as unknown as Socket;
}
