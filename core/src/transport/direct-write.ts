import type { Socket } from 'node:net';
import { type WriteRequest, type WritingHandle, writingHandle } from './socket-handle.js';

/**
 * Writes to a TCP socket past Node's streams: those allocate a request and a state, queue and dequeue for each write, which is a tenth of what a
 * viewer costs. In order with what others write to the socket. Where this Node does not know how, over TLS, and while something is queued, the
 * stream is written to.
 */
export class DirectWrite {
  readonly #socket: Socket;
  readonly #handle: WritingHandle | undefined;
  #Request: (new () => WriteRequest) | undefined;
  /** Serves every write that goes at once, which leaves no trace in it. */
  #spare: WriteRequest | undefined;
  #isLearning = false;
  /** Bytes that the system did not take yet: nothing else is given to it past the stream meanwhile. */
  #waiting = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#handle = writingHandle(socket);
  }

  /** Bytes that wait in this process. */
  get queued(): number {
    return this.#waiting + this.#socket.writableLength;
  }

  /** False where the system did not take all: `drain` of the socket tells when it has. */
  write(bytes: Buffer): boolean {
    const socket = this.#socket;
    const handle = this.#handle;
    if (handle === undefined || this.#waiting > 0 || socket.writableLength > 0 || socket.writableEnded) return socket.write(bytes);
    if (this.#spare !== undefined) return this.#send(handle, this.#spare, bytes);
    if (!this.#isLearning) this.#learn(handle);
    return socket.write(bytes);
  }

  /** Looks at the next write that Node makes by itself for the class of its request. */
  #learn(handle: { writeBuffer?: WritingHandle['writeBuffer'] }): void {
    this.#isLearning = true;
    handle.writeBuffer = (request, bytes) => {
      delete handle.writeBuffer;
      if (request.constructor.name === 'WriteWrap') {
        this.#Request = request.constructor as new () => WriteRequest;
        this.#spare = new this.#Request();
      }
      return (handle as WritingHandle).writeBuffer(request, bytes);
    };
  }

  #send(handle: WritingHandle, request: WriteRequest, bytes: Buffer): boolean {
    if (handle.writeBuffer(request, bytes) !== 0) {
      this.#socket.destroy();
      return false;
    }
    if (handle.writeQueueSize === 0) return true;
    this.#spare = this.#Request && new this.#Request();
    this.#waiting = bytes.length;
    request.buffer = bytes;
    request.oncomplete = (status) => this.#sent(request, status);
    return false;
  }

  #sent(request: WriteRequest, status: number): void {
    request.buffer = undefined;
    this.#waiting = 0;
    const socket = this.#socket;
    if (socket.destroyed) return;
    if (status < 0) socket.destroy();
    else socket.emit('drain');
  }
}
