import { once } from 'node:events';
import { WebSocket } from 'ws';

const ATTACH_MS = 10_000;

/** Has a server's JavaScript collect its garbage, so that memory shows what is kept and not what nobody has cleared away yet. */
export interface Collector {
  collect(): Promise<void>;
  close(): void;
}

/** For `startServer`: the inspector, once asked for, takes any free port. */
export const COLLECTOR_ENV = { NODE_OPTIONS: '--inspect-port=127.0.0.1:0' } as const;

/** Opens Node's inspector by SIGUSR1, as anybody may with a process that runs, and attaches to it. */
export async function openCollector({ pid, log }: { readonly pid: number; log(): string }): Promise<Collector> {
  process.kill(pid, 'SIGUSR1');
  const deadline = performance.now() + ATTACH_MS;
  let url: string | undefined;
  while (url === undefined) {
    if (performance.now() > deadline) throw new Error('the inspector does not answer');
    await new Promise((resolve) => setTimeout(resolve, 50));
    url = log().match(/Debugger listening on (ws:\S+)/)?.[1];
  }
  const socket = new WebSocket(url, { perMessageDeflate: false });
  socket.on('error', () => {});
  await once(socket, 'open');
  const closed = once(socket, 'close');
  return {
    collect: async () => {
      const answer = Promise.race([once(socket, 'message'), closed]);
      socket.send(JSON.stringify({ id: 1, method: 'HeapProfiler.collectGarbage' }));
      await answer;
    },
    close: () => socket.terminate(),
  };
}
