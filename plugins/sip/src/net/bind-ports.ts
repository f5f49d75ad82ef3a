import { type AcceptedConnection, type DatagramHandler, type Listener, SluiceError, type Transport, type UdpPort } from '@sluice/core';
import { sipError } from '../errors.js';

const ATTEMPTS = 20;
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

/** A TCP listener and a UDP port of one number. */
export interface BoundPorts {
  readonly tcp: Listener;
  readonly udp: UdpPort;
}

/** Opens UDP and TCP on one port. Port 0: a number that is free for both. Rejects with the transport's errors or ERR_SIP_PORT. */
export async function bindPorts(
  transport: Transport,
  options: { readonly name: string; readonly port: number; readonly host?: string; readonly maxConnections: number; readonly maxUnadmittedPerAddress: number },
  onConnection: (connection: AcceptedConnection) => void,
  onDatagram: DatagramHandler,
): Promise<BoundPorts> {
  const host = options.host === undefined ? {} : { host: options.host };
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const { name, maxConnections, maxUnadmittedPerAddress } = options;
    const tcp = await transport.listenTcp({ name: `${name}-tcp`, port: options.port, maxConnections, maxUnadmittedPerAddress, ...host }, onConnection);
    try {
      const port = tcp.address.port;
      const udp = await transport.bindUdp({ name: `${options.name}-udp`, port, receiveBufferBytes: RECEIVE_BUFFER_BYTES, ...host }, onDatagram);
      return { tcp, udp };
    } catch (error) {
      await tcp.close();
      if (options.port !== 0 || !(error instanceof SluiceError && error.code === 'ERR_PORT_IN_USE')) throw error;
    }
  }
  throw sipError('ERR_SIP_PORT', `no port free for both UDP and TCP in ${ATTEMPTS} attempts`);
}
