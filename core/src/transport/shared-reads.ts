import { Buffer } from 'node:buffer';
import { Socket, type SocketConstructorOpts } from 'node:net';
import { leaveHandle, readingHandle } from './socket-handle.js';

/** As much as Node reads at once. */
const READ_BYTES = 64 * 1024;

/** Every socket that shares its reads is read into this, and whoever reads is done with it before the next socket is looked at. */
const bytesRead = Buffer.allocUnsafeSlow(READ_BYTES);

/**
 * Node reads each piece into 64 KiB of its own, cuts them to size and takes them through a readable stream: more work than most pieces are worth.
 * Where one buffer serves all reads (`onread`, which Node has for sockets that connect but not for those of a server) that is gone.
 *
 * Takes a socket that a server accepted with `pauseOnConnect`, and answers one on the same connection that is read so, from `resume` on; or the
 * same socket where this Node does not know how. The bytes given to `onBytes` are overwritten after it returns.
 */
export function shareReads(accepted: Socket, onBytes: (bytes: Buffer) => void): Socket {
  const handle = readingHandle(accepted);
  if (handle === undefined) {
    accepted.on('data', onBytes);
    accepted.pause();
    return accepted;
  }
  const onread = {
    buffer: bytesRead,
    callback: (length: number): boolean => {
      onBytes(bytesRead.subarray(0, length));
      return true;
    },
  };
  const socket = new Socket({ handle, onread, pauseOnCreate: true, readable: true, writable: true } as SocketConstructorOpts);
  leaveHandle(accepted, socket);
  return socket;
}
