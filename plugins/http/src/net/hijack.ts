import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

const ignore = (): void => {};

/**
 * Ends HTTP's business with the socket for good. Without this the parser goes on reading and answers 400 into the stream, and HTTP's timers
 * close it. What the peer still sends is read and dropped, so that its end is noticed.
 */
export function detachFromHttp(response: ServerResponse, socket: Socket): void {
  response.detachSocket(socket);
  for (const event of ['data', 'end', 'drain', 'timeout', 'error']) socket.removeAllListeners(event);
  socket.setTimeout(0);
  socket.on('error', ignore); // 'close' follows and tells what matters
  // A 'data' listener also takes the handle back from the parser, which reads it directly.
  socket.on('data', ignore);
  socket.resume();
}
