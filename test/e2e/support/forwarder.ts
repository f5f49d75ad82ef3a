import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { connect, createServer } from 'node:net';

/** Forwards UDP and TCP of one address to another, as a router with port forwarding does: the inside sees the forwarder's address. */
export async function forward(outside: { host: string; port: number }, inside: { host: string; port: number }): Promise<{ close(): void }> {
  const flows = new Map<string, UdpSocket>();
  const udp = createSocket('udp4');
  udp.on('message', (bytes, from) => {
    const key = `${from.address}:${from.port}`;
    let flow = flows.get(key);
    if (flow === undefined) {
      flow = createSocket('udp4');
      flow.on('message', (answer) => udp.send(answer, from.port, from.address));
      flows.set(key, flow);
    }
    flow.send(bytes, inside.port, inside.host);
  });
  const tcp = createServer((socket) => {
    const other = connect(inside.port, inside.host);
    socket.pipe(other).pipe(socket);
    for (const end of [socket, other]) end.on('error', () => {});
  });
  await new Promise<void>((resolve) => udp.bind(outside.port, outside.host, resolve));
  await new Promise<void>((resolve) => tcp.listen(outside.port, outside.host, resolve));
  return {
    close: () => {
      udp.close();
      tcp.close();
      for (const flow of flows.values()) flow.close();
    },
  };
}
