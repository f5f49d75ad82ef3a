import { createSocket, type Socket } from 'node:dgram';
import type { DatagramHandler } from './types.js';

/** One bound UDP socket. */
export interface BoundDatagram {
  readonly socket: Socket;
  readonly port: number;
}

/** Binds one host and port. Rejects with the system's error. */
export function bindDatagram(host: string, port: number, receiveBufferBytes: number | undefined, onDatagram: DatagramHandler): Promise<BoundDatagram> {
  const family = host.includes(':') ? 'udp6' : 'udp4';
  const socket = createSocket({ type: family, ipv6Only: family === 'udp6' });
  return new Promise((resolve, reject) => {
    socket.once('error', (error) => {
      socket.close();
      reject(error);
    });
    socket.bind({ address: host, port, exclusive: true }, () => {
      socket.removeAllListeners('error');
      socket.on('error', () => {});
      if (receiveBufferBytes !== undefined) growReceiveBuffer(socket, receiveBufferBytes);
      socket.on('message', (bytes, remote) => onDatagram(bytes, remote.address, remote.port, performance.now()));
      resolve({ socket, port: socket.address().port });
    });
  });
}

/** The kernel caps the size by its own limit: what it gives is enough to go on. */
function growReceiveBuffer(socket: Socket, bytes: number): void {
  try {
    socket.setRecvBufferSize(bytes);
  } catch {
    // A smaller buffer loses packets only in bursts, and those are counted as loss.
  }
}

/** The local address the system would use towards `remote`; no packet is sent. */
export function routeAddress(remote: string): Promise<string> {
  const socket = createSocket(remote.includes(':') ? 'udp6' : 'udp4');
  return new Promise((resolve) => {
    const done = (address: string): void => {
      socket.close();
      resolve(address);
    };
    socket.once('error', () => done('127.0.0.1'));
    socket.connect(9, remote, () => done(socket.address().address));
  });
}
