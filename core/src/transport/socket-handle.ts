import type { Socket } from 'node:net';

/** A write that the system did not take at once. */
export interface WriteRequest {
  oncomplete: (status: number) => void;
  /** Kept from the collector until then. */
  buffer: Buffer | undefined;
}

/** A handle that is written to past the socket's stream. */
export interface WritingHandle {
  /** Answers an error of the system, or 0. */
  writeBuffer(request: WriteRequest, bytes: Buffer): number;
  /** Bytes given to it that the system did not take yet. */
  readonly writeQueueSize: number;
}

/** What Node keeps beneath a socket and takes by no published way: another version may have less of it, and everything asked for here may be missing. */
interface SocketInside {
  _handle: (Partial<WritingHandle> & { readonly useUserBuffer?: unknown }) | null;
  _server: unknown;
  server: unknown;
}

function inside(socket: Socket): SocketInside {
  return socket as unknown as SocketInside;
}

/** The handle of a plain TCP socket, where it can be written to. */
export function writingHandle(socket: Socket): WritingHandle | undefined {
  const handle = inside(socket)._handle;
  const fits = handle?.constructor.name === 'TCP' && typeof handle.writeBuffer === 'function' && typeof handle.writeQueueSize === 'number';
  return fits ? (handle as WritingHandle) : undefined;
}

/** Bytes of writes in progress that the system did not take yet: falls as it takes them. 0 where it is not known. */
export function writeQueueSize(socket: Socket): number {
  return inside(socket)._handle?.writeQueueSize ?? 0;
}

/** The handle, for the `handle` of another socket, where it can read into a buffer that it is given. */
export function readingHandle(socket: Socket): object | undefined {
  const handle = inside(socket)._handle;
  return typeof handle?.useUserBuffer === 'function' ? handle : undefined;
}

/** Leaves a connection to a socket that was made on its handle. */
export function leaveHandle(accepted: Socket, next: Socket): void {
  const old = inside(accepted);
  const fresh = inside(next);
  // The server counts its connections by these, and the handle has one owner.
  fresh._server = old._server;
  fresh.server = old.server;
  old._server = null;
  old._handle = null;
}
