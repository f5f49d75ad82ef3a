import type { IncomingMessage } from 'node:http';

/** Runs `body` with a signal that fires when the client goes away, so that nobody waits for what nobody takes. */
export async function whileConnected<T>({ socket }: IncomingMessage, body: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const gone = new AbortController();
  const onClose = (): void => gone.abort();
  socket.once('close', onClose);
  if (socket.destroyed) gone.abort();
  try {
    return await body(gone.signal);
  } finally {
    socket.removeListener('close', onClose);
  }
}
