import type { IncomingMessage } from 'node:http';
import type { Clock } from '@sluice/core';

/** What of a refused body is read on and dropped, at most. */
const MAX_BYTES = 16 * 1024 * 1024;
const MAX_MS = 2000;

/**
 * For a request that is answered before its body is whole, and whose connection closes with the answer. Closing at once would reset the connection under a
 * client that is still sending, which may lose the answer by that (RFC 9112 9.6): the answer is sent with our end, and the rest of the body dropped until the
 * client ends too, within bounds.
 */
export function lingerForBody(request: IncomingMessage, clock: Clock): void {
  const { socket } = request;
  if (request.complete) return;
  const { destroySoon } = socket;
  const before = socket.bytesRead;
  const cancel = clock.after(MAX_MS, () => socket.destroy());
  socket.once('close', cancel);
  let answered = false;
  // What node calls when the answer is written.
  socket.destroySoon = () => {
    answered = true;
    socket.end();
  };
  // Listening keeps it flowing.
  request.on('data', () => {
    if (socket.bytesRead - before > MAX_BYTES) socket.destroy();
  });
  request.once('end', () => {
    socket.destroySoon = destroySoon;
    if (answered) socket.destroySoon();
  });
}
