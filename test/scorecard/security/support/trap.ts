import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

/** A listener that nobody may come to, or that says one thing to whoever comes. */
export interface Trap {
  readonly port: number;
  /** Connections so far. */
  count(): number;
  close(): Promise<void>;
}

/** Listens on `host`; `answer` makes what is said to a first request. Rejects where the address is not there. */
export async function openTrap(host: string, answer?: (request: string) => string, port = 0): Promise<Trap> {
  let connections = 0;
  const open = new Set<Socket>();
  const server: Server = createServer((socket) => {
    connections++;
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => {});
    socket.on('data', (bytes: Buffer) => {
      if (answer !== undefined) socket.end(answer(bytes.toString('latin1')));
    });
  });
  server.listen(port, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    count: () => connections,
    close: async () => {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
